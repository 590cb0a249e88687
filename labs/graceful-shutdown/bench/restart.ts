/**
 * How long each way takes to shut down, with 0, 100 and 1,000 open keep-alive connections; and how many requests fail
 * while a service is restarted under load, one instance after the other, as the library's documentation says and after
 * a notice. The first are medians of real processes, from SIGTERM to their exit.
 *
 * ```sh
 * npx node bench/restart.ts                       # the reference; --json for programs
 * npx node --conditions attempt bench/restart.ts  # your attempt
 * ```
 */

import { openIdle } from "./idle-connections.ts";
import { CLIENTS, GRACE_MS, RESTARTS, type Restarts, restart } from "./rolling-restart.ts";
import { ServerProcess } from "./server-process.ts";
import { ways } from "./ways.ts";

const CONNECTIONS = [0, 100, 1_000];
const ROUNDS = 5;
const NOTICE_MS = 300;

interface Row {
  readonly way: string;
  /** From SIGTERM to the exit, in the order of CONNECTIONS. */
  readonly shutDownMs: readonly number[];
  readonly asDocumented: Restarts;
  readonly afterNotice: Restarts;
}

const names = Object.keys(ways);
const times = new Map(names.map((name) => [name, CONNECTIONS.map((): number[] => [])]));
for (let round = 0; round < ROUNDS; round += 1) {
  say(`shutting each down, round ${round + 1} of ${ROUNDS}`);
  for (const [n, connections] of CONNECTIONS.entries()) {
    for (const name of names) times.get(name)?.[n]?.push(await timeShutDown(name, connections));
  }
}
const rows: Row[] = [];
for (const name of names) {
  say(`restarting ${name} under load`);
  rows.push({
    way: name,
    shutDownMs: (times.get(name) ?? []).map(median),
    // Without a notice the answer has nothing to tell by: it is used as its own documentation says.
    asDocumented: await restart(name, name === "answer" ? NOTICE_MS : 0),
    afterNotice: await restart(name, NOTICE_MS),
  });
}
process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(rows, null, 2)}\n` : table());

/** It takes some minutes; the table alone is for standard output. */
function say(what: string): void {
  process.stderr.write(`${what}\n`);
}

async function timeShutDown(name: string, connections: number): Promise<number> {
  await using server = await ServerProcess.start(name);
  const sockets = await openIdle(server.port, connections);
  const { ms } = await server.shutDown(10 * GRACE_MS);
  for (const socket of sockets) socket.destroy();
  return ms;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function table(): string {
  const failed = ({ answered, cut, reset, refused, killed }: Restarts) => {
    const all = answered + cut + reset + refused;
    return `${cut + reset + refused} of ${all.toLocaleString("en")}${killed > 0 ? ` (${killed} killed)` : ""}`;
  };
  const head = ["", ...CONNECTIONS.map((n) => `${n.toLocaleString("en")} open`), "failed", `failed, notice`];
  const lines = rows.map(({ way, shutDownMs, asDocumented, afterNotice }) => [
    way,
    ...shutDownMs.map((ms) => `${ms.toFixed(0)} ms`),
    failed(asDocumented),
    failed(afterNotice),
  ]);
  const widths = head.map((_, n) => Math.max(...[head, ...lines].map((cells) => cells[n]?.length ?? 0)));
  const cells = [head, ...lines].map((line) =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join("  "),
  );
  return `From SIGTERM to the exit, with so many idle keep-alive connections, median of ${ROUNDS}; and requests that failed in ${RESTARTS} restarts
under ${CLIENTS} keep-alive clients: as documented, and with readiness off and a notice of ${NOTICE_MS} ms first.

${cells.join("\n")}
`;
}
