import { styleText } from "node:util";
import { count, grouped, listOf, megabytes } from "@pattern-labs/demo";
import { shownName } from "@pattern-labs/demo/files";
import type { DemoOptions } from "../given/options.ts";
import type { Tally } from "./tally.ts";

export interface Progress {
  readonly tally: Tally;
  readonly options: DemoOptions;
  /** How many files there are to be, once that is known. */
  readonly total: number | undefined;
}

/** Beside a bar stands what it says in numbers: on a narrow screen the bar gives way. */
const barWithin = (width: number) => Math.max(8, Math.min(40, width - 40));

/** The live view: what is done, how quickly, how many files are open. Each call also takes a sample of the rates. */
export class LiveView {
  readonly #rates = new Rates();

  paint({ tally, options, total }: Progress, width: number): string {
    const longest = barWithin(width);
    const done = tally.hashed + tally.failed;
    const { files, bytes } = this.#rates.sample(done, tally.bytes);
    return [
      total === undefined
        ? `${count(done, "file")} so far, still counting how many there are`
        : `${bar(done, total, "cyan", longest)} ${percent(done, total)} of ${count(total, "file")}`,
      `speed   ${count(Math.round(files), "file")}/s, ${megabytes(bytes)}/s, ${megabytes(tally.bytes)} in all`,
      atOnceLine(tally, options, longest),
      `memory  ${megabytes(process.memoryUsage.rss())} resident`,
      `trouble ${troubleOf(tally)}`,
      styleText("dim", `now     ${shownName(tally.latest)}`),
    ].join("\n");
  }
}

/** The same on one line, for logs. */
export function plainLine({ tally, options, total }: Progress): string {
  const done = tally.hashed + tally.failed;
  const open = options.threads === undefined ? `${tally.open.now} open` : `${tally.threads.now} threads`;
  const files = total === undefined ? count(done, "file") : `${grouped(done)} of ${count(total, "file")}`;
  return `${files} · ${tally.failed} failed · ${megabytes(tally.bytes)} · ${open} · ${megabytes(process.memoryUsage.rss())} resident`;
}

function atOnceLine({ open, threads }: Tally, options: DemoOptions, longest: number): string {
  const gauge = options.threads === undefined ? open : threads;
  const limit = options.threads ?? options.concurrency;
  const tone = gauge.most > limit ? "red" : "green";
  const label = options.threads === undefined ? "open   " : "threads";
  return `${label} ${bar(gauge.now, limit, tone, Math.min(limit, longest))} ${gauge.now} now, ${styleText(tone, `at most ${gauge.most}`)}, limit ${limit}`;
}

function troubleOf({ failed, failedFolders, others }: Tally): string {
  const trouble = listOf([
    [failed, "file", "not read"],
    [failedFolders, "folder", "not read"],
    [Object.values(others).reduce((sum, one) => sum + one, 0), "thing", "left alone"],
  ]);
  return trouble === "" ? "none" : trouble;
}

function bar(value: number, most: number, tone: "cyan" | "green" | "red", width: number): string {
  const full = most === 0 ? width : Math.min(width, Math.round((width * value) / most));
  return styleText(tone, "█".repeat(full)) + styleText("dim", "░".repeat(width - full));
}

const percent = (done: number, total: number) =>
  `${total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total))} %`;

interface Sample {
  readonly at: number;
  readonly files: number;
  readonly bytes: number;
}

/** How quickly it has gone lately: over the last two seconds. */
class Rates {
  readonly #samples: Sample[] = [{ at: performance.now(), files: 0, bytes: 0 }];

  /** Each per second. */
  sample(files: number, bytes: number): { readonly files: number; readonly bytes: number } {
    const latest = { at: performance.now(), files, bytes };
    this.#samples.push(latest);
    while ((this.#samples[1]?.at ?? latest.at) < latest.at - WINDOW_MS) this.#samples.shift();
    const [oldest = latest] = this.#samples;
    const elapsed = Math.max(1, latest.at - oldest.at) / 1_000;
    return { files: (files - oldest.files) / elapsed, bytes: (bytes - oldest.bytes) / elapsed };
  }
}

const WINDOW_MS = 2_000;
