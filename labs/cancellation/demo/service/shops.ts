import { Pool } from "undici";
import { z } from "zod";
import type { Lab, Scope, Task } from "../../contract.ts";
import type { Alive } from "./alive.ts";
import type { ServicePicture } from "./service-picture.ts";

const rateSchema = z.object({ rate: z.number() });

export interface ShopCounts {
  /** Requests that needed a rate. */
  asked: number;
  /** Calls that were made for them. */
  calls: number;
  /** Answers that came from the second shop. */
  second: number;
}

/** Two shops that both know the rate, and are slow now and then. */
export class Shops implements AsyncDisposable {
  readonly counts: ShopCounts = { asked: 0, calls: 0, second: 0 };
  readonly #lab: Lab;
  readonly #alive: Alive;
  readonly #picture: ServicePicture;
  readonly #pools: readonly Pool[];
  readonly #hedgeMs: number;

  constructor(
    lab: Lab,
    {
      urls,
      hedgeMs,
      alive,
      picture,
    }: { urls: readonly [URL, URL]; hedgeMs: number; alive: Alive; picture: ServicePicture },
  ) {
    this.#lab = lab;
    this.#alive = alive;
    this.#picture = picture;
    this.#hedgeMs = hedgeMs;
    this.#pools = urls.map(({ origin }) => new Pool(origin, { connections: 256 }));
  }

  /** Connections to them that carry a call just now. */
  get busySockets(): number {
    return this.#pools.reduce((sum, { stats }) => sum + stats.running, 0);
  }

  /** The first good answer; the other shop is told that nobody waits for it any more. */
  async rate(scope: Scope, signal: AbortSignal): Promise<number> {
    const { hedge, attempted = [], firstOf } = this.#lab;
    this.counts.asked += 1;
    const first: Task<number> = (told) => this.#ask(0, scope, told.signal);
    const second: Task<number> = async (told) => {
      const rate = await this.#ask(1, scope, told.signal);
      this.counts.second += 1;
      return rate;
    };
    const canHedge = hedge !== undefined && attempted.includes("hedging");
    return canHedge
      ? await hedge(first, second, { afterMs: this.#hedgeMs, signal })
      : await firstOf([first, second], { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }

  async #ask(shop: number, scope: Scope, signal: AbortSignal): Promise<number> {
    const pool = this.#pools[shop] as Pool;
    const left = Math.max(0, Math.round(scope.deadline - performance.now()));
    // What the next service needs to know: for whom it is, and how much time is left. A time of day would be another's clock.
    const headers = { "x-request-id": scope.values["requestId"] ?? "", "x-time-left-ms": String(left) };
    this.counts.calls += 1;
    using _alive = this.#alive.calls.hold();
    return await this.#picture.part("calls", scope, `shop ${shop + 1}`, signal, async () => {
      const { statusCode, body } = await pool.request({ method: "GET", path: "/rate", headers, signal });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`the shop answered ${statusCode}`);
      return rateSchema.parse(JSON.parse(text)).rate;
    });
  }
}
