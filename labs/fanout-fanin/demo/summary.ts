import { styleText } from "node:util";
import { count, duration, folded, grouped, listOf, megabytes } from "@pattern-labs/demo";
import type { DemoOptions } from "../given/options.ts";
import type { Tally } from "./tally.ts";

/** What there is to tell about a run, finished or not. It is filled in as the run goes on. */
export interface Outcome {
  readonly tally: Tally;
  readonly options: DemoOptions;
  /** How many files there are that can be read, where that is known. */
  readonly readable: number | undefined;
  tookMs: number;
  /** Whether something ended it before all files were hashed. */
  stopped: boolean;
  /** The file of checksums, if there is one and it is whole. */
  sums: Sums | undefined;
}

export interface Sums {
  /** Where it is; undefined if it was only tried out. */
  readonly path: string | undefined;
  readonly lines: number;
  /** What `sha256sum` made of it, where it was asked and has answered. */
  readonly check: Check | undefined;
}

export interface Check {
  readonly ok: boolean;
  readonly says: string;
}

/** What is wrong with a run: with the answer, not with the files. */
export function faultsOf({ tally, options, stopped, readable, sums }: Outcome): string[] {
  const { open, threads, hashed, failed, found } = tally;
  const faults: string[] = [];
  if (open.most > options.concurrency) {
    faults.push(`${count(open.most, "file")} were open at once; the limit is ${options.concurrency}`);
  }
  if (threads.most > (options.threads ?? 0)) {
    faults.push(`${count(threads.most, "thread")} were alive at once; the limit is ${options.threads}`);
  }
  if (open.now > 0) faults.push(`${count(open.now, "file")} never closed`);
  if (threads.now > 0) faults.push(`${count(threads.now, "thread")} never ended`);
  if (!stopped && tally.givenUp !== 0) {
    faults.push(`${count(found, "file")} found, but ${count(hashed + failed, "result")}`);
  }
  if (!stopped && readable !== undefined && hashed !== readable) {
    faults.push(`${count(hashed, "file")} hashed, but ${grouped(readable)} can be read`);
  }
  if (sums?.check?.ok === false) faults.push(sums.check.says);
  return faults;
}

/** 0 if everything could be read and nothing is wrong. Of a tree of our own it is known what cannot be read. */
export function statusOf(outcome: Outcome): number {
  const { tally, readable } = outcome;
  const unread = readable === undefined ? tally.failed + tally.failedFolders : 0;
  return unread === 0 && faultsOf(outcome).length === 0 ? 0 : 1;
}

/** In lines of at most so many columns. */
export function asText(outcome: Outcome, width: number): string {
  const { tally, tookMs } = outcome;
  const problems = tally.problems.map(({ name, why }) => `  ${name}  ${styleText("yellow", why)}`);
  const more = tally.failed + tally.failedFolders - problems.length;
  const lines = [
    foundLine(outcome),
    `${megabytes(tally.bytes)} in ${duration(tookMs)}: ${rates(tally, tookMs)}`,
    atOnceLine(outcome),
    `memory: at most ${megabytes(peakResident())} resident`,
    ...leftAlone(tally),
    ...sumsLine(outcome),
    ...(problems.length === 0 ? [] : ["not read:", ...problems]),
    ...(more > 0 ? [`  and ${grouped(more)} more`] : []),
    ...faultsOf(outcome).map((fault) => styleText("red", `✗ ${fault}`)),
  ];
  return lines
    .flatMap((line) => folded(line, width, "    "))
    .map((line) => `${line}\n`)
    .join("");
}

/** The same for programs. */
export function asJson(outcome: Outcome): string {
  const { tally, options, tookMs, stopped, sums } = outcome;
  const { open, threads } = tally;
  const report = {
    stopped,
    found: tally.found,
    hashed: tally.hashed,
    failed: tally.failed,
    givenUp: tally.givenUp,
    failedFolders: tally.failedFolders,
    leftAlone: tally.others,
    bytes: tally.bytes,
    ms: Math.round(tookMs),
    ...(options.threads === undefined
      ? { limit: options.concurrency, mostOpen: open.most, stillOpen: open.now }
      : { limit: options.threads, mostThreads: threads.most, stillAlive: threads.now }),
    peakResidentBytes: peakResident(),
    problems: tally.problems,
    sums: sums ?? null,
    faults: faultsOf(outcome),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function foundLine({ tally, stopped }: Outcome): string {
  const parts = [`${grouped(tally.hashed)} hashed`, `${grouped(tally.failed)} not read`];
  if (stopped) parts.push(`${grouped(tally.givenUp)} given up`);
  return `${count(tally.found, "file")} found: ${parts.join(", ")}`;
}

function rates({ hashed, failed, bytes }: Tally, tookMs: number): string {
  const perSecond = 1_000 / Math.max(1, tookMs);
  return `${count(Math.round((hashed + failed) * perSecond), "file")}/s, ${megabytes(bytes * perSecond)}/s`;
}

function atOnceLine({ tally, options }: Outcome): string {
  return options.threads === undefined
    ? `open at once: at most ${tally.open.most}, limit ${options.concurrency}`
    : `threads at once: at most ${tally.threads.most}, limit ${options.threads}`;
}

function leftAlone({ others }: Tally): string[] {
  const list = listOf(Object.entries(others).map(([kind, value]) => [value, kind] as const));
  return list === "" ? [] : [`left alone: ${list}`];
}

function sumsLine({ sums, stopped, options }: Outcome): string[] {
  if (sums === undefined)
    return stopped && options.out !== undefined ? ["checksums: none, for not all are there"] : [];
  const where = sums.path === undefined ? "" : ` in ${sums.path}`;
  return [
    `checksums: ${count(sums.lines, "line")}${where}${sums.check === undefined ? "" : `, ${sums.check.says}`}`,
  ];
}

const peakResident = () => process.resourceUsage().maxRSS * 1_024;
