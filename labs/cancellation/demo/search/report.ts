import { styleText } from "node:util";
import { count, duration, folded, grouped, megabytes } from "@pattern-labs/demo";
import type { SearchOptions } from "../../given/options.ts";
import type { End } from "../end-of.ts";
import type { Tally } from "./tally.ts";

/** What there is to tell about a search, finished or not. */
export interface Outcome {
  readonly tally: Tally;
  readonly options: SearchOptions;
  /** What ended it early. */
  readonly end: End | undefined;
  readonly tookMs: number;
  /** From the abort until all was put away. */
  readonly stoppedInMs: number | undefined;
}

/** While it goes on. The figures are folded where there is no room for them; a name may be cut. */
export function liveView(
  { pattern, root, concurrency, deadlineMs }: SearchOptions,
  tally: Tally,
  width: number,
): string {
  const clock = deadlineMs === undefined ? "" : ` of ${duration(deadlineMs)}`;
  const searched = tally.searched.text + tally.searched.binary;
  const rate = Math.round((1_000 * searched) / Math.max(1, tally.tookMs));
  const { now, most } = tally.open;
  const bar = `${"█".repeat(Math.min(40, now))}${"░".repeat(Math.max(0, Math.min(40, concurrency) - now))}`;
  const figures = [
    `found   ${count(tally.matches, "match")} in ${count(searched, "file")}, ${megabytes(tally.bytes)}, ${duration(tally.tookMs)}${clock}`,
    `speed   ${count(rate, "file")}/s`,
    `open    ${styleText(most > concurrency ? "red" : "green", bar)} ${now} now, at most ${most}, limit ${concurrency}`,
  ];
  return [
    `${styleText("bold", `${pattern}`)} in ${root}`,
    ...figures.flatMap((line) => folded(line, width, " ".repeat(8))),
    styleText("dim", `latest  ${tally.latest}`),
  ].join("\n");
}

export function plainLine({ searched, matches, bytes, open, tookMs }: Tally): string {
  const files = count(searched.text + searched.binary, "file");
  return `${duration(tookMs)} · ${files} · ${megabytes(bytes)} · ${count(matches, "match")} · ${open.now} open`;
}

/** What is wrong with the answer, not with the files. */
function faultsOf({ tally, options, end }: Outcome): string[] {
  const { open } = tally;
  const faults: string[] = [];
  if (open.now > 0) faults.push(`${count(open.now, "file")} still being searched after the end`);
  if (open.most > options.concurrency) faults.push(`${open.most} files were read at once`);
  if (end === undefined && tally.givenUp > 0) faults.push(`${count(tally.givenUp, "file")} never searched`);
  return faults;
}

/** In lines of at most so many columns. */
export function asText(outcome: Outcome, width: number): string {
  const { tally, options, tookMs } = outcome;
  const { searched, failed, problems } = tally;
  const more = failed.files + failed.folders - problems.length;
  const counts = [
    `${grouped(searched.text)} searched`,
    ...(searched.binary > 0 ? [`${grouped(searched.binary)} binary`] : []),
    ...(failed.files > 0 ? [`${grouped(failed.files)} not read`] : []),
    ...(outcome.end !== undefined ? [`${grouped(tally.givenUp)} given up`] : []),
    ...(failed.folders > 0 ? [`${count(failed.folders, "folder")} not read`] : []),
  ];
  const lines = [
    count(tally.matches, "match"),
    `${count(tally.found, "file")} found: ${counts.join(", ")}`,
    `${megabytes(tally.bytes)} in ${duration(tookMs)}; ${tally.open.most} files at once, limit ${options.concurrency}`,
    ...problems.map(({ name, why }) => `  ${name}  ${styleText("yellow", why)}`),
    ...(more > 0 ? [`  and ${grouped(more)} more`] : []),
    ...endLine(outcome),
    ...faultsOf(outcome).map((fault) => styleText("red", `✗ ${fault}`)),
  ];
  return lines
    .flatMap((line) => folded(line, width, "    "))
    .map((line) => `${line}\n`)
    .join("");
}

function endLine({ end, tally, options, stoppedInMs = 0 }: Outcome): string[] {
  if (end === undefined) return [];
  const { deadlineMs = 0, max = 0 } = options;
  const what = {
    interrupt: "Stopped by a signal",
    deadline: `The deadline of ${duration(deadlineMs)} came`,
    enough: `${count(max, "match")} ${max === 1 ? "is" : "are"} enough`,
    "client left": "The client left",
    shutdown: "The service shut down",
  }[end];
  return [`${what}: ${duration(stoppedInMs)} later every file was closed, ${tally.open.now} still open.`];
}

/** The same for programs, on one line as the matches are. */
export function asJson(outcome: Outcome): string {
  const { tally, tookMs, end, stoppedInMs } = outcome;
  const { matches, found, searched, failed, givenUp, bytes, open, problems } = tally;
  const summary = {
    end: end ?? null,
    matches,
    found,
    searched,
    failed,
    givenUp,
    bytes,
    mostOpen: open.most,
    stillOpen: open.now,
    ms: Math.round(tookMs),
    stoppedInMs: stoppedInMs ?? null,
    problems,
    faults: faultsOf(outcome),
  };
  return `${JSON.stringify({ summary })}\n`;
}

export function statusOf(outcome: Outcome): number {
  if (faultsOf(outcome).length > 0) return 1;
  if (outcome.end === "deadline") return 124; // As of timeout(1).
  return outcome.tally.matches > 0 ? 0 : 1; // As of grep.
}
