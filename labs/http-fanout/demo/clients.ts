import { sceneRandom } from "@pattern-labs/picture/scene";
import { Histogram } from "@pattern-labs/primitives/histogram";
import { sleep } from "@pattern-labs/primitives/sleep";
import { Pool } from "undici";
import { z } from "zod";
import type { KindFigures, LoadOptions, PhaseFigures, SeenAnswer } from "./messages.ts";
import { KINDS, type Kind, SERVICES } from "./names.ts";

/** Between an answer and the next request of the same client, on average. */
const PAUSE_MS = 400;
/** How long a client that will leave waits, at most. */
const PATIENCE_MS = 600;
const HEALTHY = SERVICES.slice(SERVICES.length / 2);

const bodySchema = z.object({
  data: z.record(z.string(), z.object({ nonce: z.string() })).default({}),
  warnings: z.array(z.object({ service: z.string(), reason: z.string() })).default([]),
});

/**
 * Clients that ask again when they have had their answer, after a pause: two of five for five services that are well, two
 * for all twenty, one for a single one. Some leave before they have it: they hang up.
 */
export class Clients {
  sent = 0;
  underWay = 0;
  readonly answers: SeenAnswer[] = [];
  readonly #options: LoadOptions;
  readonly #random: () => number;
  readonly #over = new AbortController();
  readonly #phases: Record<Kind, Tally>[] = [];
  #loops: readonly Promise<void>[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#random = sceneRandom(options.seed);
    this.beginPhase();
  }

  begin(url: URL): void {
    const { clients } = this.#options;
    const pool = new Pool(url.origin, { connections: clients });
    const kinds: readonly Kind[] = ["healthy", "all", "healthy", "all", "one"];
    this.#loops = Array.from({ length: clients }, (_, n) =>
      this.#keepAsking(pool, kinds[n % kinds.length] ?? "one"),
    );
  }

  /** What is asked from now on counts for a phase of its own. */
  beginPhase(): void {
    this.#phases.push({ healthy: new Tally(), all: new Tally(), one: new Tally() });
  }

  /** Resolves when each client has had its answer. */
  async end(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#loops);
  }

  figures(): PhaseFigures[] {
    return this.#phases.map(({ healthy, all, one }) => ({
      ...{ healthy: healthy.figures, all: all.figures, one: one.figures },
    }));
  }

  async #keepAsking(pool: Pool, kind: Kind): Promise<void> {
    for (;;) {
      await sleep(2 * PAUSE_MS * this.#random(), { signal: this.#over.signal }).catch(() => {});
      if (this.#over.signal.aborted) return;
      await this.#ask(pool, kind);
    }
  }

  async #ask(pool: Pool, kind: Kind): Promise<void> {
    this.sent += 1;
    this.underWay += 1;
    const requestId = `r${this.sent}`;
    const services = this.#pick(kind);
    const tally = this.#phases.at(-1)?.[kind];
    const leaves = new AbortController();
    const isLeaving = 100 * this.#random() < this.#options.leavePercent;
    const timer = isLeaving ? setTimeout(() => leaves.abort(), PATIENCE_MS * this.#random() ** 2) : undefined;
    const seen = await askOnce(pool, requestId, services, leaves.signal);
    clearTimeout(timer);
    this.underWay -= 1;
    tally?.add(seen);
    if (this.#options.isRecorded) this.answers.push(seen);
  }

  #pick(kind: Kind): readonly string[] {
    if (kind === "all") return SERVICES;
    const [from, number] = kind === "healthy" ? [HEALTHY, 5] : [SERVICES, 1];
    const first = Math.floor(from.length * this.#random());
    return Array.from({ length: number }, (_, n) => from[(first + n) % from.length] as string);
  }
}

async function askOnce(
  pool: Pool,
  requestId: string,
  services: readonly string[],
  signal: AbortSignal,
): Promise<SeenAnswer> {
  const asked = { requestId, services: [...services] };
  const began = performance.now();
  const tookMs = () => performance.now() - began;
  try {
    const path = `/ask?services=${services.join(",")}`;
    const { statusCode, headers, body } = await pool.request({
      ...{ method: "GET", path, signal, headers: { "x-request-id": requestId } },
    });
    const { data, warnings } = bodySchema.parse(await body.json());
    if (headers["x-request-id"] !== requestId) throw new Error("this is the answer of another request");
    const nonces = Object.entries(data).map(([service, { nonce }]) => [service, nonce] as const);
    return { ...asked, end: statusCode, tookMs: tookMs(), data: Object.fromEntries(nonces), warnings };
  } catch {
    return { ...asked, end: signal.aborted ? "left" : "lost", tookMs: tookMs(), data: {}, warnings: [] };
  }
}

/** What became of requests of one kind. */
class Tally {
  readonly #ends: Record<string, number> = {};
  readonly #tookMs = new Histogram();
  #whole = 0;

  get figures(): KindFigures {
    const none = this.#tookMs.count === 0;
    const [p50Ms, p99Ms] = [50, 99].map((share) => (none ? null : this.#tookMs.percentile(share)));
    return { ends: { ...this.#ends }, whole: this.#whole, p50Ms: p50Ms ?? null, p99Ms: p99Ms ?? null };
  }

  add({ end, warnings, tookMs }: SeenAnswer): void {
    this.#ends[end] = (this.#ends[end] ?? 0) + 1;
    if (typeof end === "number") this.#tookMs.record(tookMs);
    if (end === 200 && warnings.length === 0) this.#whole += 1;
  }
}

export const noFigures = (): PhaseFigures =>
  Object.fromEntries(KINDS.map((kind) => [kind, new Tally().figures])) as PhaseFigures;
