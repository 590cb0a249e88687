import { stripVTControlCharacters } from "node:util";
import { cut } from "@pattern-labs/demo";
import type { Snapshot } from "../contract.ts";
import type { Frontier, Page, Try } from "../demo/frontier.ts";

/** What there is to tell about a crawl, finished or not. */
export interface Crawled {
  readonly frontier: Frontier;
  readonly tookMs: number;
  /** What the pool says of itself, if it can. */
  readonly snapshot: Snapshot | undefined;
}

/** "12 of 57 pages · 8 running · 14 queued · 3 to be tried again · 2.1 s" */
export function progressLine({ frontier, tookMs, snapshot }: Crawled): string {
  const done = frontier.pages.filter((page) => page.state !== "waiting").length;
  const parts = [`${done} of ${frontier.pages.length} pages`];
  if (snapshot !== undefined) {
    parts.push(`${snapshot.running.length} running`, `${snapshot.queued} queued`);
    parts.push(`${snapshot.waitingToRetry} to be tried again`);
  }
  return [...parts, seconds(tookMs)].join(" · ");
}

/** A row for each page that was begun, none wider than `width` if that is known, and below what they come to. */
export function asTable(crawled: Crawled, width?: number): string {
  const header = ["STATUS", "BYTES", "RETRIES", "TIME", "PAGE", "WHAT CAME OF IT"];
  const rows = begun(crawled.frontier.pages).map(cells(crawled.frontier));
  const table = layOut([header, ...rows]).map((line) => cut(line, width || Number.POSITIVE_INFINITY));
  return [...table, "", ...summary(crawled)].map((line) => `${line}\n`).join("");
}

/** The same for programs. */
export function asJson({ frontier, tookMs }: Crawled): string {
  const pages = begun(frontier.pages).map((page) => ({
    url: page.url.href,
    depth: page.depth,
    state: page.state,
    status: page.tries.at(-1)?.status ?? null,
    bytes: page.bytes ?? null,
    retries: page.tries.length - 1,
    ms: Math.round(timeOf(page)),
    title: page.title ?? null,
    problem: page.problem ?? null,
  }));
  const neverBegun = frontier.pages.length - pages.length;
  const report = { pages, neverBegun, notFollowed: frontier.notFollowed(), ms: Math.round(tookMs) };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function begun(pages: readonly Page[]): readonly Page[] {
  return pages.filter((page) => page.tries.length > 0);
}

function cells(frontier: Frontier): (page: Page) => readonly string[] {
  const home = frontier.pages[0]?.url.origin;
  return (page) => [
    String(page.tries.at(-1)?.status ?? "–"),
    page.bytes === undefined ? "–" : String(page.bytes),
    String(page.tries.length - 1),
    seconds(timeOf(page)),
    page.url.origin === home ? page.url.href.slice(page.url.origin.length) : page.url.href,
    printable(outcome(page)),
  ];
}

function outcome({ state, title = "", problem }: Page): string {
  if (state === "fetched") return title;
  return problem === undefined ? state : `${state}: ${problem}`;
}

/** The text without what would steer a terminal: titles and headers come from strangers. */
function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}|\p{Cf}/gu, "");
}

/** Numbers to the right, words to the left, two spaces between the columns. */
function layOut(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  const isNumber = (column: number) => column < 4;
  const pad = (cell: string, column: number) => {
    // A single very long address must not push the last column out of sight.
    const room = Math.min(widths[column] ?? 0, 48);
    return isNumber(column) ? cell.padStart(room) : cell.padEnd(room);
  };
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}

function summary({ frontier, tookMs, snapshot }: Crawled): readonly string[] {
  const pages = begun(frontier.pages);
  const count = (state: Page["state"]) => pages.filter((page) => page.state === state).length;
  const tries = pages.flatMap((page) => page.tries);
  const bytes = pages.reduce((sum, page) => sum + (page.bytes ?? 0), 0);
  const stopped = count("stopped") + count("waiting");
  const neverBegun = frontier.pages.length - pages.length;
  const { otherSites, tooDeep, tooMany } = frontier.notFollowed();
  const leftAlone = listOf([
    [otherSites, "to other sites"],
    [tooDeep, "beyond --depth"],
    [tooMany, "beyond --max-pages"],
  ]);

  return [
    listOf([
      [count("fetched"), "fetched"],
      [count("failed"), "failed"],
      [stopped, "stopped midway"],
      [neverBegun, "never begun"],
    ]),
    `retries: ${tries.length - pages.length}, bytes: ${bytes}, time: ${seconds(tookMs)}${utilisation(snapshot)}`,
    `tries at once: at most ${peak(tries)}, begun within a second: at most ${busiestSecond(tries)}`,
    ...(leftAlone === "" ? [] : [`links left alone: ${leftAlone}`]),
  ];
}

/** "3 of these, 2 of those", without what there is none of. */
function listOf(counts: readonly (readonly [count: number, what: string])[]): string {
  const some = counts.filter(([count]) => count > 0);
  return some.map(([count, what]) => `${count} ${what}`).join(", ");
}

function utilisation(snapshot: Snapshot | undefined): string {
  return snapshot === undefined
    ? ""
    : `, workers busy ${Math.round(100 * snapshot.utilisation)} % of the time`;
}

/** How many tries were under way at once when there were most. */
function peak(tries: readonly Try[]): number {
  const begins = tries.map(({ beganAt }) => ({ at: beganAt, change: 1 }));
  const ends = tries.map(({ endedAt }) => ({ at: endedAt ?? Number.POSITIVE_INFINITY, change: -1 }));
  // What ends at an instant makes room for what begins at it.
  const changes = [...begins, ...ends].sort((a, b) => a.at - b.at || a.change - b.change);
  let underWay = 0;
  return changes.reduce((most, { change }) => {
    underWay += change;
    return Math.max(most, underWay);
  }, 0);
}

/** How many tries began in that second in which most did. */
function busiestSecond(tries: readonly Try[]): number {
  const begins = tries.map(({ beganAt }) => beganAt).sort((a, b) => a - b);
  let oldest = 0;
  return begins.reduce((most, now, newest) => {
    while ((begins[oldest] ?? now) <= now - 1_000) oldest += 1;
    return Math.max(most, newest - oldest + 1);
  }, 0);
}

/** From the beginning of the first try to the end of the last, waits between them included. */
function timeOf({ tries }: Page): number {
  const began = tries[0]?.beganAt ?? 0;
  return (tries.at(-1)?.endedAt ?? performance.now()) - began;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 1_000 ? 2 : 1)} s`;
}
