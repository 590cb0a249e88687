import { styleText } from "node:util";
import { duration, grouped } from "@pattern-labs/demo";
import type { Figures, News, ServerName } from "./messages.ts";
import { type Outcome, statusOf } from "./outcome.ts";
import { LABELS, statusText } from "./report.ts";

/** How far the demo has come. */
export interface Progress {
  readonly title: string;
  readonly now: number;
  readonly done: readonly Outcome[];
  /** The one that is tried just now. */
  readonly current: Current | undefined;
  readonly toCome: readonly ServerName[];
}

export interface Current {
  readonly server: ServerName;
  readonly phase: string;
  readonly askedAt: number | undefined;
  readonly figures: Figures | undefined;
  readonly news: readonly News[];
}

/** A line for each server, and below them what the clients of the current one see, and how its resources stop. */
export function liveView({ title, now, done, current, toCome }: Progress): string {
  return [
    styleText("bold", title),
    ...done.map(doneLine),
    ...(current === undefined ? [] : [currentLine(current, now)]),
    ...toCome.map((server) => styleText("dim", `  ${LABELS[server]}`)),
    ...(current?.figures === undefined ? [] : ["", ...details(current.figures, current.news)]),
  ].join("\n");
}

/** The same for a log: only what is tried just now. */
export function plainLine({ current, now }: Progress): string {
  if (current === undefined) return "starting";
  const { server, phase, askedAt, figures } = current;
  const since = askedAt === undefined ? "" : ` for ${duration(now - askedAt)}`;
  return `${LABELS[server]} ${phase}${since}${figures === undefined ? "" : `: ${sums(figures)}`}`;
}

function doneLine(outcome: Outcome): string {
  const { server, requests, jobs, askedAt, endedAt, expected, problem } = outcome;
  const failed = requests.cut + requests.reset + requests.refused;
  const isGood = problem === undefined && requests.cut + jobs.lost === 0 && statusOf(outcome) === expected;
  const mark = isGood ? styleText("green", "✔") : styleText("red", "✘");
  const told = `${statusText(outcome).padStart(8)}  ${duration(endedAt - askedAt).padStart(7)}`;
  const losses = `${inRed(failed, "requests failed")}  ${inRed(jobs.lost, "jobs lost")}`;
  return `${mark} ${LABELS[server].padEnd(13)} ${problem ?? `${told}  ${losses}`}`;
}

const inRed = (n: number, what: string) => {
  const text = `${grouped(n).padStart(4)} ${what}`;
  return n > 0 ? styleText("red", text) : text;
};

function currentLine({ server, phase, askedAt }: Current, now: number): string {
  const since = askedAt === undefined ? "" : `  ${duration(now - askedAt)} since it was told to end`;
  return `${styleText("yellow", "▸")} ${LABELS[server].padEnd(13)} ${phase}${since}`;
}

function details(figures: Figures, news: readonly News[]): readonly string[] {
  const rows = [
    ["quick answers", figures.quick],
    ["slow answers", figures.slow],
    ["streams", figures.stream],
    ["jobs to accept", figures.job],
  ] as const;
  const lines = rows.map(([name, { answered, underWay, cut, reset, refused }]) => {
    const bar = styleText("cyan", "━".repeat(Math.min(20, underWay)));
    return `  ${name.padEnd(15)}${grouped(answered).padStart(7)} answered  ${inRed(cut + reset + refused, "failed")}  ${bar}`;
  });
  return [...lines, `  ${"resources".padEnd(15)}${staircase(news)}`];
}

const RESOURCES = ["http", "broker", "workers", "cache", "store"];

/** In the order in which they are to stop: what is open, stopping, stopped, failed. */
function staircase(news: readonly News[]): string {
  return RESOURCES.map((name) => {
    const last = news.findLast((each) => each.news === "resource" && each.name === name);
    if (last?.news !== "resource" || last.step === "start") return styleText("dim", `○ ${name}`);
    if (last.phase === "begins") return styleText("yellow", `▸ ${name}`);
    return last.phase === "ended" ? styleText("green", `✔ ${name}`) : styleText("red", `✘ ${name}`);
  }).join("  ");
}

function sums({ quick, slow, stream, job }: Figures): string {
  const all = [quick, slow, stream, job];
  const sum = (key: keyof typeof quick) => all.reduce((total, tally) => total + tally[key], 0);
  const failed = sum("cut") + sum("reset") + sum("refused");
  return `${grouped(sum("answered"))} answered, ${grouped(sum("underWay"))} under way, ${grouped(failed)} failed`;
}
