import { Histogram } from "@pattern-labs/primitives/histogram";
import { sleep } from "@pattern-labs/primitives/sleep";
import { Pool } from "undici";
import { CUSTOMERS } from "./customers.ts";
import type { Figures, WorldOptions } from "./messages.ts";

/** How long a client that will leave waits first. */
const PATIENCE_MS = { least: 10, most: 300 };
/** Between an answer and the next request of the same client. */
const PAUSE_MS = 100;

/** Clients that ask for one statement after the other. Some leave before they have got it: they hang up. */
export class Clients {
  readonly #options: WorldOptions;
  readonly #random: () => number;
  readonly #answerMs = new Histogram();
  readonly #outcomes: Record<string, number> = {};
  readonly #end = new AbortController();
  #sent = 0;

  constructor(options: WorldOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  begin(url: URL): void {
    const { clients } = this.#options;
    const pool = new Pool(url.origin, { connections: Math.max(1, clients) });
    for (let client = 0; client < clients; client += 1) void this.#keepAsking(pool, url.pathname);
  }

  stop(): void {
    this.#end.abort();
  }

  figures(): Omit<Figures, "shopsBusy" | "shopsAbandoned"> {
    const none = this.#answerMs.count === 0;
    return {
      sent: this.#sent,
      outcomes: { ...this.#outcomes },
      p50Ms: none ? null : this.#answerMs.percentile(50),
      p99Ms: none ? null : this.#answerMs.percentile(99),
    };
  }

  async #keepAsking(pool: Pool, path: string): Promise<void> {
    for (;;) {
      await sleep(PAUSE_MS * this.#random(), { signal: this.#end.signal }).catch(() => {});
      if (this.#end.signal.aborted) return;
      const outcome = await this.#ask(pool, path);
      this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    }
  }

  async #ask(pool: Pool, path: string): Promise<string> {
    const { least, most } = PATIENCE_MS;
    const leaves = 100 * this.#random() < this.#options.leavePercent;
    const patience = new AbortController();
    const timer = setTimeout(
      () => patience.abort(new Error("it takes too long")),
      leaves ? least + (most - least) * this.#random() : 60_000,
    );
    const began = performance.now();
    this.#sent += 1;
    try {
      const customer = 1 + Math.floor(CUSTOMERS * this.#random());
      const { statusCode, body } = await pool.request({
        method: "GET",
        path: `${path}${customer}`,
        signal: patience.signal,
      });
      await body.dump();
      if (statusCode === 200) this.#answerMs.record(performance.now() - began);
      return String(statusCode);
    } catch {
      return patience.signal.aborted ? "left" : "failed";
    } finally {
      clearTimeout(timer);
    }
  }
}
