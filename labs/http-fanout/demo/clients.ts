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
/** Of one request: more connections than that are not closed one after the other by chance. */
const MOST_TRIES = 100;
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
    // How long anything takes is the gateway's affair, and the machine's.
    const pool = new Pool(url.origin, {
      ...{ connections: clients, connect: { timeout: 0 }, headersTimeout: 0, bodyTimeout: 0 },
    });
    const kinds: readonly Kind[] = ["healthy", "all", "healthy", "all", "one"];
    this.#loops = Array.from({ length: clients }, (_, n) =>
      this.#keepAsking(pool, kinds[n % kinds.length] ?? "one"),
    );
  }

  /** What is asked from now on counts for a phase of its own. */
  beginPhase(): void {
    this.#phases.push({ healthy: new Tally(), all: new Tally(), one: new Tally() });
  }

  /** Resolves when each client has had its answer, to one request at least. */
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
    do {
      await sleep(2 * PAUSE_MS * this.#random(), { signal: this.#over.signal }).catch(() => {});
      await this.#ask(pool, kind);
    } while (!this.#over.signal.aborted);
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
    const seen = await askUntilTaken(pool, requestId, services, leaves.signal);
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

/** One request, made anew while the gateway has not taken it. */
export async function askUntilTaken(
  pool: Pool,
  requestId: string,
  services: readonly string[],
  signal: AbortSignal,
): Promise<SeenAnswer> {
  const notTaken: string[] = [];
  const began = performance.now();
  for (;;) {
    const id = notTaken.length === 0 ? requestId : `${requestId}.${notTaken.length + 1}`;
    const { end, ...told } = await askOnce(pool, id, services, signal);
    if (end !== "not taken" || notTaken.length === MOST_TRIES) {
      const asked = { requestId: id, services: [...services], tookMs: performance.now() - began, notTaken };
      return { ...asked, ...told, end: end === "not taken" ? "lost" : end };
    }
    notTaken.push(id);
  }
}

type Told = Pick<SeenAnswer, "data" | "warnings"> & { readonly end: SeenAnswer["end"] | "not taken" };

async function askOnce(
  pool: Pool,
  requestId: string,
  services: readonly string[],
  signal: AbortSignal,
): Promise<Told> {
  let hasBegun = false;
  try {
    const path = `/ask?services=${services.join(",")}`;
    const { statusCode, headers, body } = await pool.request({
      ...{ method: "GET", path, signal, headers: { "x-request-id": requestId } },
    });
    hasBegun = true;
    if (statusCode === 408) {
      await body.dump();
      return { end: "not taken", data: {}, warnings: [] };
    }
    const { data, warnings } = bodySchema.parse(await body.json());
    if (headers["x-request-id"] !== requestId) throw new Error("this is the answer of another request");
    const nonces = Object.entries(data).map(([service, { nonce }]) => [service, nonce] as const);
    return { end: statusCode, data: Object.fromEntries(nonces), warnings };
  } catch (error) {
    const isTaken = hasBegun || !isClosing(error);
    return { end: signal.aborted ? "left" : isTaken ? "lost" : "not taken", data: {}, warnings: [] };
  }
}

/** Whether the connection was closed by the other side: it may do so at any time with one that it takes for idle. */
function isClosing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

/** What became of requests of one kind. */
class Tally {
  readonly #ends: Record<string, number> = {};
  readonly #tookMs = new Histogram();
  #whole = 0;
  #notTaken = 0;

  get figures(): KindFigures {
    const none = this.#tookMs.count === 0;
    const [p50Ms, p99Ms] = [50, 99].map((share) => (none ? null : this.#tookMs.percentile(share)));
    const counts = { ends: { ...this.#ends }, whole: this.#whole, notTaken: this.#notTaken };
    return { ...counts, p50Ms: p50Ms ?? null, p99Ms: p99Ms ?? null };
  }

  add({ end, warnings, tookMs, notTaken }: SeenAnswer): void {
    this.#ends[end] = (this.#ends[end] ?? 0) + 1;
    this.#notTaken += notTaken.length;
    if (typeof end === "number") this.#tookMs.record(tookMs);
    if (end === 200 && warnings.length === 0) this.#whole += 1;
  }
}

export const noFigures = (): PhaseFigures =>
  Object.fromEntries(KINDS.map((kind) => [kind, new Tally().figures])) as PhaseFigures;
