import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, isConnected, type RequestOutcome } from "../given/ask.ts";
import { ServerProcess } from "./server-process.ts";

export const CLIENTS = 40;
export const RESTARTS = 5;
/** An orchestrator waits no longer. */
export const GRACE_MS = 3_000;
const PROBE_EVERY_MS = 20;

// It is a part of restart.ts: whoever runs it by itself is told so.
if (import.meta.main) {
  process.stderr.write("Cannot run by itself: it is a part of bench/restart.ts, run that\n");
  process.exitCode = 1;
}

/** What became of the requests, and how many servers had to be killed. */
export type Restarts = Readonly<Record<RequestOutcome | "killed", number>>;

/** Clients that keep their connections, behind a load balancer that asks `/readyz`; a new instance before each end. */
export async function restart(name: string, noticeMs: number): Promise<Restarts> {
  const counts = { answered: 0, cut: 0, reset: 0, refused: 0, killed: 0 };
  const over = new AbortController();
  let server = await ServerProcess.start(name, noticeMs);
  const balancer = new Balancer(server.port);
  const clients = Array.from({ length: CLIENTS }, (_, n) => client(balancer, n, counts, over.signal));
  for (let n = 0; n < RESTARTS; n += 1) {
    await sleep(200);
    const next = await ServerProcess.start(name, noticeMs);
    balancer.add(next.port);
    const { code } = await server.shutDown(GRACE_MS);
    if (code === null) counts.killed += 1;
    server = next;
  }
  over.abort();
  await Promise.all(clients);
  balancer.close();
  await server[Symbol.asyncDispose]();
  return counts;
}

async function client(
  balancer: Balancer,
  n: number,
  counts: Record<RequestOutcome, number>,
  over: AbortSignal,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let port = balancer.next();
  const path = n % 4 === 0 ? "/slow" : "/quick";
  while (!over.aborted) {
    if (!isConnected(agent)) port = balancer.next();
    const { outcome } = await ask({ port, path, agent });
    counts[outcome] += 1;
    await sleep(5 * Math.random());
  }
  agent.destroy();
}

/** Sends new connections to those that have said yes the last time that they were asked, in turn. */
class Balancer {
  readonly #ready = new Set<number>();
  readonly #probes: NodeJS.Timeout[] = [];
  #turn = 0;

  constructor(port: number) {
    this.#watch(port);
  }

  add(port: number): void {
    this.#watch(port);
  }

  next(): number {
    const ready = [...this.#ready];
    this.#turn += 1;
    return ready[this.#turn % ready.length] ?? 0;
  }

  close(): void {
    for (const probe of this.#probes) clearInterval(probe);
  }

  #watch(port: number): void {
    this.#ready.add(port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const probe = setInterval(async () => {
      const { outcome, status } = await ask({ port, path: "/readyz", agent });
      if (outcome === "answered" && status === 200) return;
      this.#ready.delete(port);
      clearInterval(probe);
      agent.destroy();
    }, PROBE_EVERY_MS);
    this.#probes.push(probe);
  }
}
