/**
 * Goodput and latency at 1, 2, 5 and 10 times the capacity, with each policy, with shedding and without any limit, in
 * simulated time: the same numbers on every machine.
 *
 * ```sh
 * npx node bench/goodput.ts                       # the reference; --json for programs
 * npx node --conditions attempt bench/goodput.ts  # your attempt
 * ```
 */

import type { Lab } from "../contract.ts";
import {
  CAPACITY,
  CONNECTIONS,
  fronts,
  LIMIT,
  type Overload,
  overload,
  PATIENCE_MS,
  WORK_MS,
} from "./overload.ts";
import { SimulatedClock } from "./simulated-clock.ts";

const LOADS = [1, 2, 5, 10];
const SECONDS = 4;

interface Row extends Overload {
  readonly policy: string;
  readonly load: number;
}

const lab: Lab = await import("#lab");
const rows: Row[] = [];
for (const [policy, open] of Object.entries(fronts)) {
  for (const load of LOADS) {
    const clock = new SimulatedClock();
    const offers = load * CAPACITY * SECONDS;
    rows.push({
      policy,
      load,
      ...(await clock.run(() => overload(open(lab, clock), { load, offers }, clock))),
    });
  }
}
process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(rows, null, 2)}\n` : table());

function table(): string {
  const policies = [...new Set(rows.map(({ policy }) => policy))];
  const head = ["", ...LOADS.flatMap((load) => [`${load}× good`, "p99"])];
  const lines = policies.map((policy) => [
    policy,
    ...rows
      .filter((row) => row.policy === policy)
      .flatMap(({ inTime, ms, p99Ms }) => [
        `${Math.round((100 * inTime) / ((ms / 1_000) * CAPACITY))} %`,
        `${Math.round(p99Ms)} ms`,
      ]),
  ]);
  const cells = [head, ...lines].map((line) =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(11) : cell.padStart(n % 2 === 1 ? 9 : 8))).join(" "),
  );
  return `${CONNECTIONS} connections, ${WORK_MS} ms for a request: ${CAPACITY} a second. Good: answered within ${PATIENCE_MS} ms, of that capacity.
Room for ${LIMIT} beside those that are worked on. ${SECONDS} s of simulated time, Poisson arrivals, seeded. Alone a request takes ${WORK_MS} ms.

${cells.join("\n")}
`;
}
