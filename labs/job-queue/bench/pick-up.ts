/**
 * How long a job waits in a queue that has nothing else to do: from the call of `enqueue` until its handler begins. Jobs
 * come at a steady rate, whether those before are done or not. Each queue has a process of its own.
 *
 * ```sh
 * npx node bench/pick-up.ts                               # 1,000 jobs at 100 a second, every queue that keeps its jobs
 * npx node bench/pick-up.ts --rate 500 --only answer
 * npx node --conditions attempt bench/pick-up.ts --json
 * ```
 */

import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import { Histogram } from "@pattern-labs/primitives/histogram";
import { z } from "zod";
import { onDisk } from "./queues/all.ts";
import { mail } from "./queues/queue.ts";

const { values } = parseArgs({
  options: {
    jobs: { type: "string", default: "1000" },
    rate: { type: "string", default: "100" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const options = z
  .object({
    jobs: z.coerce.number().int().min(1).max(1_000_000),
    rate: z.coerce.number().min(0.1).max(100_000),
    only: z.enum(Object.keys(onDisk)).optional(),
    json: z.boolean(),
  })
  .parse(values);

/** So many jobs come before, and are not counted. */
const WARM_UP = 200;

interface Figures {
  readonly storedP50Ms: number;
  readonly storedP99Ms: number;
  readonly beganP50Ms: number;
  readonly beganP99Ms: number;
  readonly beganMaxMs: number;
}

if (options.only === undefined) await measureAll();
else process.stdout.write(`${JSON.stringify(await measure(options.only))}\n`);

async function measureAll(): Promise<void> {
  const rows: Record<string, Figures | string> = {};
  for (const name of Object.keys(onDisk)) {
    const args = ["--jobs", `${options.jobs}`, "--rate", `${options.rate}`, "--only", name];
    rows[name] = await promisify(execFile)(process.execPath, [
      ...process.execArgv,
      import.meta.filename,
      ...args,
    ]).then(
      ({ stdout }) => JSON.parse(stdout) as Figures,
      ({ stderr }) => String(/Error: .*/.exec(String(stderr))?.[0] ?? stderr),
    );
  }
  process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : table(rows));
}

async function measure(name: string): Promise<Figures> {
  const open = await onDisk[name]?.();
  if (open === undefined) throw new RangeError(`Cannot measure: there is no queue ${name}`);
  await using queue = await open();
  const askedAt: number[] = [];
  const stored = new Histogram();
  const began = new Histogram();
  const record = (histogram: Histogram, n: number) => {
    if (n > WARM_UP) histogram.record(performance.now() - (askedAt[n] ?? Number.NaN));
  };
  queue.start(async (n) => record(began, n));
  const start = performance.now();
  for (let n = 1; n <= WARM_UP + options.jobs; n += 1) {
    const dueAt = start + (1_000 * n) / options.rate;
    await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()));
    askedAt[n] = performance.now();
    void queue.add(mail(n)).then(() => record(stored, n));
  }
  await queue.finished(WARM_UP + options.jobs);
  return {
    storedP50Ms: stored.percentile(50),
    storedP99Ms: stored.percentile(99),
    beganP50Ms: began.percentile(50),
    beganP99Ms: began.percentile(99),
    beganMaxMs: began.max,
  };
}

function table(rows: Readonly<Record<string, Figures | string>>): string {
  const head = ["", "stored p50", "p99", "begun p50", "p99", "max"].map((text, n) =>
    text.padStart(n === 0 ? 24 : 12),
  );
  const lines = Object.entries(rows).map(([name, figures]) => {
    if (typeof figures === "string") return `${name.padEnd(24)}  ${figures}`;
    const { storedP50Ms, storedP99Ms, beganP50Ms, beganP99Ms, beganMaxMs } = figures;
    const cells = [storedP50Ms, storedP99Ms, beganP50Ms, beganP99Ms, beganMaxMs];
    return name.padEnd(24) + cells.map((ms) => ms.toFixed(1).padStart(12)).join("");
  });
  return `${options.jobs.toLocaleString("en")} jobs at ${options.rate} a second; ms from the call until it is stored, and until its handler begins.

${[head.join(""), ...lines].join("\n")}
`;
}
