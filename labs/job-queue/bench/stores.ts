/**
 * What the stores do in a second, at ten calls at once, and how that changes as they fill: with a fresh process for each
 * measurement, interleaved and rotated, medians.
 *
 * ```sh
 * npx node bench/stores.ts                                  # 10,000 jobs on top of 10,000 and of 1,000,000: some minutes
 * npx node bench/stores.ts --stored 0 --jobs 2000 --rounds 1 --only sqlite
 * npx node bench/stores.ts --folder /dev/shm                # in memory: what is left when the disk takes no time
 * npx node bench/stores.ts --json
 * ```
 */

import { execFile } from "node:child_process";
import { constants, copyFile, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { z } from "zod";
import { openSqliteStore } from "../stores/sqlite-store.ts";
import { enqueue } from "./stores/load.ts";
import type { Figures } from "./stores/run.ts";
import { bytesOf, KEEP_ALL, ways } from "./stores/ways.ts";

const { values } = parseArgs({
  options: {
    stored: { type: "string", default: "10000,1000000" },
    jobs: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    folder: { type: "string", default: tmpdir() },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});
const whole = (least: number) => z.coerce.number().int().min(least);
const options = z
  .object({
    stored: z
      .string()
      .regex(/^\d+(,\d+)*$/, "must be whole numbers with commas between them")
      .transform((text) => text.split(",").map(Number)),
    jobs: whole(1),
    rounds: whole(1),
    folder: z.string(),
    only: z.string(),
    json: z.boolean(),
  })
  .parse(values);

interface Row {
  readonly way: string;
  readonly stored: number;
  readonly rounds: Figures[];
}

const names = Object.keys(ways).filter((way) => options.only === "" || way === options.only);
const rows: Row[] = [];
for (const stored of options.stored) rows.push(...(await measureOn(stored)));
process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : table());

async function measureOn(stored: number): Promise<Row[]> {
  await using folder = await temporaryFolder();
  const filled = join(folder.path, "filled.db");
  await fill(filled, stored);
  const measured: Row[] = names.map((way) => ({ way, stored, rounds: [] }));
  for (let round = 0; round < options.rounds; round += 1) {
    for (let n = 0; n < measured.length; n += 1) {
      const row = measured[(n + round) % measured.length];
      // A store in memory begins empty each time: to fill it is not to measure it.
      if (row !== undefined && !(row.way === "memory" && stored > 0))
        row.rounds.push(await run(row.way, filled));
    }
  }
  return measured.filter(({ rounds }) => rounds.length > 0);
}

/** Jobs that wait, and are due: each claim has all of them to choose from. */
async function fill(file: string, stored: number): Promise<void> {
  await using store = await openSqliteStore(file, { keepFinished: KEEP_ALL });
  await enqueue(store, stored, 2_000);
}

async function run(way: string, filled: string): Promise<Figures> {
  const file = `${filled}.copy`;
  await copyFile(filled, file, constants.COPYFILE_FICLONE);
  await flush(file);
  const child = join(import.meta.dirname, "stores/run.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [child, way, file, `${options.jobs}`]);
  for (const end of ["", "-wal", "-shm"]) await rm(file + end, { force: true });
  const figures: Figures = JSON.parse(stdout);
  return { ...figures, bytes: figures.bytes - (await bytesOf(filled)) };
}

/** Otherwise the copy would still be on its way to the disk, and in the way of what is measured. */
async function flush(file: string): Promise<void> {
  await using copy = await open(file, "r+");
  await copy.sync();
}

async function temporaryFolder() {
  const path = await mkdtemp(join(options.folder, "job-queue-bench-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function table(): string {
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  const head = ["", "stored", "enqueue/s", "jobs/s", "loop p99 ms", "max ms", "bytes a job", "flush ms"];
  const lines = rows.map(({ way, stored, rounds }) => {
    const median = (name: keyof Figures) => {
      const sorted = rounds.map((figures) => figures[name]).toSorted((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
    };
    return [
      way,
      whole(stored),
      whole(median("enqueuedPerSecond")),
      whole(median("completedPerSecond")),
      median("loopP99Ms").toFixed(1),
      median("loopMaxMs").toFixed(1),
      whole(median("bytes") / options.jobs),
      median("flushMs").toFixed(2),
    ];
  });
  const widths = head.map((_, n) => Math.max(...[head, ...lines].map((cells) => cells[n]?.length ?? 0)));
  const cells = [head, ...lines].map((line) =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join("  "),
  );
  return `${options.jobs.toLocaleString("en")} jobs enqueued, then claimed and completed, ten at once, with so many stored before; medians of ${options.rounds}.
A flush is what the disk takes for two pages: one caller that waits for each can do no more than one in that time.

${cells.join("\n")}
`;
}
