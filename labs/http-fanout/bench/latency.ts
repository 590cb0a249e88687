/**
 * Requests a second, how long single requests take, and what they hold: calls at once, sockets as the services see them,
 * heap. With fan-outs of 1, 5 and 20, and with 20 of which ten stall. A busy machine changes all but the calls at once.
 *
 * ```sh
 * npx node bench/latency.ts                       # the reference; --json for programs
 * npx node --conditions attempt bench/latency.ts  # your attempt
 * ```
 */

import { duration, grouped, layOut, megabytes, widthOf } from "@pattern-labs/demo";
import { Histogram } from "@pattern-labs/primitives/histogram";
import { startDownstreams } from "./downstreams.ts";
import { WAYS, type Way } from "./ways.ts";

const CLIENTS = 50;
const STALL_TIMEOUT_MS = 100;

interface Load {
  readonly size: number;
  readonly stalled: number;
  readonly requests: number;
}

const LOADS: readonly Load[] = [
  { size: 1, stalled: 0, requests: 10_000 },
  { size: 5, stalled: 0, requests: 3_000 },
  { size: 20, stalled: 0, requests: 1_000 },
  { size: 20, stalled: 10, requests: 500 },
];

interface Row extends Load {
  readonly way: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly callsMost: number;
  readonly sockets: number;
  readonly heapBytes: number;
}

const rows: Row[] = [];
for (const load of LOADS) {
  for (const way of WAYS) {
    if (!process.argv.includes("--json")) process.stderr.write(`${way.name}, for ${load.size}\n`);
    rows.push(await measure(way, load));
  }
}
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else process.stdout.write(`${table().join("\n")}\n`);

async function measure(way: Way, load: Load): Promise<Row> {
  await using downstreams = await startDownstreams(load);
  // Those that stall come first: half of those that are asked.
  const origins = downstreams.urls.slice(0, load.size);
  const callTimeoutMs = load.stalled > 0 ? STALL_TIMEOUT_MS : undefined;
  let calls = 0;
  let callsMost = 0;
  const inFlight = {
    enter() {
      calls += 1;
      callsMost = Math.max(callsMost, calls);
    },
    leave() {
      calls -= 1;
    },
  };
  const fanOut = await way.open({ origins, callTimeoutMs, clients: CLIENTS, inFlight });
  const ask = async () => void (await fanOut(origins));
  await inParallel(Math.ceil(load.requests / 5), ask); // To get warm.
  const took = new Histogram();
  let heapBytes = 0;
  const began = performance.now();
  await inParallel(load.requests, async () => {
    const start = performance.now();
    await ask();
    took.record(performance.now() - start);
    heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed);
  });
  const seconds = (performance.now() - began) / 1_000;
  const { sockets } = await downstreams.look();
  await fanOut[Symbol.asyncDispose]?.();
  const [p50Ms, p99Ms] = [took.percentile(50), took.percentile(99)];
  const perSecond = load.requests / seconds;
  return { ...load, way: way.name, perSecond, p50Ms, p99Ms, callsMost, sockets, heapBytes };
}

async function inParallel(times: number, task: () => Promise<void>): Promise<void> {
  let begun = 0;
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (begun < times) {
      begun += 1;
      await task();
    }
  });
  await Promise.all(clients);
}

function table(): readonly string[] {
  const column = (heading: string, cell: (row: Row) => string) => [heading, ...rows.map(cell)];
  const sizeOf = ({ size, stalled }: Row) => (stalled > 0 ? `${size}, ${stalled} stalled` : `${size}`);
  return layOut(
    [
      { cells: column("services", sizeOf), align: "left" },
      { cells: column("", ({ way }) => way), align: "left" },
      { cells: column("a second", ({ perSecond }) => grouped(perSecond)) },
      { cells: column("p50", ({ p50Ms }) => duration(p50Ms)), worth: 3 },
      { cells: column("p99", ({ p99Ms }) => duration(p99Ms)), worth: 4 },
      { cells: column("calls", ({ callsMost }) => `≤ ${callsMost}`), worth: 5 },
      { cells: column("sockets", ({ sockets }) => `${sockets}`), worth: 2 },
      { cells: column("heap", ({ heapBytes }) => `≤ ${megabytes(heapBytes)}`), worth: 1 },
    ],
    widthOf(process.stdout),
  );
}
