import { Agent } from "node:http";
import { sceneRandom } from "@pattern-labs/picture/scene";
import { sleep } from "@pattern-labs/primitives/sleep";
import { ask, isConnected } from "../given/ask.ts";
import { type Figures, type LoadOptions, type RequestSpan, type Tally, wallNow } from "./messages.ts";
import { END_OF_STREAM } from "./service.ts";

type Kind = keyof Figures;
type MutableTally = { -readonly [K in keyof Tally]: Tally[K] };

interface Ask {
  readonly kind: Kind;
  readonly path: string;
  readonly body?: string | undefined;
  readonly thinkMs: number;
}

/** How often the load balancer asks whether it may send somebody. */
const PROBE_EVERY_MS = 25;
/** Bars in the picture: what is beyond them is only counted. */
const MOST_SPANS = 2_000;

/**
 * Clients behind a load balancer. Each keeps its one connection and uses it as long as it is open; a new one it opens
 * only while `/readyz` says yes. A client that may open none goes elsewhere, and comes no more.
 */
export class Clients {
  readonly figures: Readonly<Record<Kind, MutableTally>> = {
    quick: newTally(),
    slow: newTally(),
    stream: newTally(),
    job: newTally(),
    endless: newTally(),
  };
  readonly spans: RequestSpan[] = [];
  readonly accepted: number[] = [];
  readonly #options: LoadOptions;
  readonly #port: number;
  readonly #random = sceneRandom();
  readonly #over = new AbortController();
  #isReady = false;
  #running: Promise<unknown> = Promise.resolve();
  #jobs = 0;
  #requests = 0;

  constructor(port: number, options: LoadOptions) {
    this.#port = port;
    this.#options = options;
  }

  begin(): void {
    const { clients, slowMs, streamMs, jobEveryMs, endless } = this.#options;
    const many = (count: number, ask: () => Ask) => Array.from({ length: count }, () => this.#client(ask));
    this.#running = this.#probe(() => [
      ...many(clients, () => ({ kind: "quick", path: "/quick", thinkMs: 20 * this.#random() })),
      ...many(4, () => ({
        kind: "slow",
        path: `/slow?ms=${slowMs * (0.5 + 0.5 * this.#random())}`,
        thinkMs: 0,
      })),
      ...many(2, () => ({ kind: "stream", path: `/stream?ms=${streamMs}`, thinkMs: 0 })),
      ...many(1, () => this.#nextJob(jobEveryMs)),
      ...(endless ? many(1, () => ({ kind: "endless", path: "/stream", thinkMs: 0 })) : []),
    ]);
  }

  /** Asks nothing more, and waits for the answers that are still to come. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  #nextJob(thinkMs: number): Ask {
    this.#jobs += 1;
    return { kind: "job", path: "/jobs", body: JSON.stringify({ id: this.#jobs }), thinkMs };
  }

  /** The load balancer: sends the clients at the first yes, and nobody any more at the first no after that. */
  async #probe(send: () => readonly Promise<void>[]): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let clients: readonly Promise<void>[] | undefined;
    while (!this.#over.signal.aborted) {
      const { status } = await ask({ port: this.#port, path: "/readyz", agent });
      this.#isReady = status === 200;
      if (this.#isReady) clients ??= send();
      else if (clients !== undefined) break;
      await this.#pause(PROBE_EVERY_MS);
    }
    agent.destroy();
    await Promise.all(clients ?? []);
  }

  async #client(next: () => Ask): Promise<void> {
    // A connection that has once been closed is not opened again by itself: that is the balancer's to say.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!this.#over.signal.aborted && (this.#isReady || isConnected(agent))) {
      const { thinkMs, ...given } = next();
      await this.#ask(given, agent);
      await this.#pause(thinkMs);
    }
    agent.destroy();
  }

  async #ask({ kind, path, body }: Omit<Ask, "thinkMs">, agent: Agent): Promise<void> {
    const tally = this.figures[kind];
    this.#requests += 1;
    const began = wallNow();
    const id = kind === "job" ? this.#jobs : this.#requests;
    tally.underWay += 1;
    const { outcome, status } = await ask({ port: this.#port, path, body, agent, isWhole: wholeness[kind] });
    tally.underWay -= 1;
    tally[outcome] += 1;
    if (kind === "job" && outcome === "answered" && status === 202) this.accepted.push(id);
    if (kind === "quick") return;
    this.spans.push({ kind, id, began, ended: wallNow(), outcome });
    if (this.spans.length > MOST_SPANS) this.spans.splice(0, MOST_SPANS / 2);
  }

  /** Also without any time to think, so that the connection is free again, or closed, before it is looked at. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, { signal: this.#over.signal }).catch(() => {});
  }
}

function newTally(): MutableTally {
  return { underWay: 0, answered: 0, cut: 0, reset: 0, refused: 0 };
}

const wholeness: Partial<Record<Kind, (answer: string) => boolean>> = {
  stream: (answer) => answer.endsWith(END_OF_STREAM),
  endless: (answer) => answer.endsWith(END_OF_STREAM),
};
