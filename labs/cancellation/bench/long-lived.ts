/**
 * What a million requests leave behind on the signal that they were opened under: listeners, timers, memory. Each way in
 * a process of its own. The last way takes nothing back: it shows that what is left would be seen.
 *
 * ```sh
 * npx node bench/long-lived.ts                  # a million; --json for programs
 * npx node bench/long-lived.ts 100000           # fewer
 * npx node bench/long-lived.ts 1000000 answer   # only one way
 * npx node --conditions attempt bench/long-lived.ts
 * ```
 */

import { createHook } from "node:async_hooks";
import { fork } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ways as contenders, type Way } from "./ways.ts";

const AT_ONCE = 100;

/** What the README begins with. Adding a listener compares it with all that are there, so it gets few requests. */
const nothingTakenBack: Way = {
  name: "nothing taken back",
  oneIn: 100,
  load: async (service, { query }) => {
    return async () => {
      const controller = new AbortController();
      service.addEventListener("abort", () => controller.abort(service.reason));
      setTimeout(() => controller.abort(new DOMException("too late", "TimeoutError")), 3_600_000).unref();
      return await query(controller);
    };
  },
};

const ways: readonly Way[] = [...contenders, nothingTakenBack];

interface Row {
  readonly way: string;
  readonly requests: number;
  readonly listeners: number;
  readonly timers: number;
  /** Bytes, above what lay there before, after a garbage collection. Before and after each tenth of the requests. */
  readonly heap: readonly number[];
}

const [first = "1000000", name] = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const requests = Number(first);
if (!Number.isSafeInteger(requests) || requests < AT_ONCE) {
  process.stderr.write(
    `Cannot measure: the number of requests must be a whole number from ${AT_ONCE}, got ${JSON.stringify(first)}\n`,
  );
  process.exit(2);
}
if (name === undefined) await compareAll();
else if (process.send === undefined) tell([await measure(name)]);
else {
  process.send(await measure(name));
  process.disconnect?.();
}

async function compareAll(): Promise<void> {
  const rows: Row[] = [];
  for (const way of ways) {
    process.stderr.write(`measuring: ${way.name}\n`); // All together take some minutes.
    const child = fork(fileURLToPath(import.meta.url), [String(requests), way.name], {
      execArgv: process.execArgv,
    });
    child.once("message", (row) => rows.push(row as Row));
    await once(child, "exit");
  }
  tell(rows);
}

function tell(rows: readonly Row[]): void {
  process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(rows, null, 2)}\n` : table(rows));
}

async function measure(wanted: string): Promise<Row> {
  const way = ways.find((each) => each.name === wanted);
  if (way === undefined) throw new RangeError(`Cannot measure: there is no way "${wanted}"`);
  const service = new AbortController();
  const query = async () => {
    await null;
    return 1;
  };
  const count = requests / (way.oneIn ?? 1);
  const handle = await way.load(service.signal, { query, deep: false });
  await serve(handle, count / 100); // What is made once is made now.
  const listeners = () => getEventListeners(service.signal, "abort").length;
  const listenersBefore = listeners();
  const timers = watchTimers();
  const before = await heapNow();
  const heap: number[] = [];
  for (let tenth = 1; tenth <= 10; tenth += 1) {
    await serve(handle, count / 10);
    heap.push((await heapNow()) - before);
  }
  await new Promise((resolve) => setImmediate(resolve)); // By then it is known which timers have ended.
  return {
    way: way.name,
    requests: count,
    listeners: listeners() - listenersBefore,
    timers: timers.size,
    heap,
  };
}

async function serve(handle: () => Promise<unknown>, count: number): Promise<void> {
  let left = count;
  const client = async () => {
    for (; left > 0; ) {
      left -= 1;
      await handle();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
}

/**
 * The timers that are begun from now on and still pending. `process.getActiveResourcesInfo` would not do: it leaves out
 * those that do not keep the process alive, as all of `AbortSignal.timeout` are.
 */
function watchTimers(): ReadonlySet<number> {
  const pending = new Set<number>();
  createHook({
    init: (id, type) => {
      if (type === "Timeout") pending.add(id);
    },
    destroy: (id) => pending.delete(id),
    trackPromises: false, // They would cost far more than what is measured.
  }).enable();
  return pending;
}

/** Weak references are let go of only when their task has ended. */
async function heapNow(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

function table(rows: readonly Row[]): string {
  const lines = [
    ["", "requests", "listeners", "timers", "heap after a tenth", "and after all"],
    ...rows.map(({ way, requests: count, listeners, timers, heap }) => [
      way,
      count.toLocaleString("en"),
      String(listeners),
      String(timers),
      megabytes(heap[0] ?? 0),
      megabytes(heap.at(-1) ?? 0),
    ]),
  ];
  const widths = [26, 10, 10, 8, 20, 15];
  const text = lines.map((cells) =>
    cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join(""),
  );
  return `What requests on one long-lived signal have left behind\n\n${text.join("\n")}\n`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
