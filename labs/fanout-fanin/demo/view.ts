import { styleText } from "node:util";
import { shownName } from "../given/byte-name.ts";
import type { DemoOptions } from "../given/options.ts";
import { count, listOf, megabytes } from "../given/words.ts";
import type { Tally } from "./tally.ts";

export interface Progress {
  readonly tally: Tally;
  readonly options: DemoOptions;
  /** How many files there are to be, once that is known. */
  readonly total: number | undefined;
}

const BAR = 40;

/** The live view: what is done, how quickly, how many files are open. Each call also takes a sample of the rates. */
export class LiveView {
  readonly #rates = new Rates();

  paint({ tally, options, total }: Progress): string {
    const done = tally.hashed + tally.failed;
    const { files, bytes } = this.#rates.sample(done, tally.bytes);
    return [
      total === undefined
        ? `${count(done, "file")} so far, still counting how many there are`
        : `${bar(done, total, "cyan")} ${percent(done, total)} of ${count(total, "file")}`,
      `speed   ${count(Math.round(files), "file")}/s, ${megabytes(bytes)}/s, ${megabytes(tally.bytes)} in all`,
      atOnceLine(tally, options),
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

function atOnceLine({ open, threads }: Tally, options: DemoOptions): string {
  const gauge = options.threads === undefined ? open : threads;
  const limit = options.threads ?? options.concurrency;
  const tone = gauge.most > limit ? "red" : "green";
  const label = options.threads === undefined ? "open   " : "threads";
  return `${label} ${bar(gauge.now, limit, tone, Math.min(limit, BAR))} ${gauge.now} now, ${styleText(tone, `at most ${gauge.most}`)}, limit ${limit}`;
}

function troubleOf({ failed, failedFolders, others }: Tally): string {
  const trouble = listOf([
    [failed, "file", "not read"],
    [failedFolders, "folder", "not read"],
    [Object.values(others).reduce((sum, one) => sum + one, 0), "thing", "left alone"],
  ]);
  return trouble === "" ? "none" : trouble;
}

function bar(value: number, most: number, tone: "cyan" | "green" | "red", width = BAR): string {
  const full = most === 0 ? width : Math.min(width, Math.round((width * value) / most));
  return styleText(tone, "█".repeat(full)) + styleText("dim", "░".repeat(width - full));
}

const percent = (done: number, total: number) =>
  `${total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total))} %`;

const grouped = (value: number) => value.toLocaleString("en");

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
