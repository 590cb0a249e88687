import { sceneRandom } from "@pattern-labs/picture/scene";
import { Histogram } from "@pattern-labs/primitives/histogram";
import { sleep } from "@pattern-labs/primitives/sleep";
import { wallNow } from "./intake.ts";
import type { LoadFigures, ProducersOptions } from "./messages.ts";

/** What came back for a request. */
export type Outcome = "let in" | "shed" | "failed" | "unanswered";

/** Sends a body, with that priority, and tells what came of it. Never rejects. */
export type Send = (body: string, priority: "high" | "normal") => Promise<Outcome>;

type Tally = { -readonly [K in keyof LoadFigures]: LoadFigures[K] } & { readonly answers: Histogram };

/** Each tenth request is more important than the others. */
const HIGH_EVERY = 10;

/**
 * Producers that send requests at random moments, so many events a second in all, whether the answers come soon or
 * not. Each waits for its answer before it sends again. When all of them wait, the moment passes, and what would have
 * been sent is held back: that is how a producer slows down.
 *
 * The moments are the same for the same seed.
 */
export class Producers {
  readonly #options: ProducersOptions;
  readonly #send: Send;
  readonly #random: () => number;
  readonly #loads: Tally[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #end = new AbortController();
  #turn = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #requests = 0;

  constructor(options: ProducersOptions, send: Send) {
    this.#options = options;
    this.#send = send;
    this.#random = sceneRandom(options.seed);
  }

  /** Offers so many events a second from now on. */
  offer(perSecond: number): void {
    this.#turn.abort();
    this.#turn = new AbortController();
    const tally = newTally();
    this.#loads.push(tally);
    this.#work = this.#keepSending(perSecond, tally, AbortSignal.any([this.#turn.signal, this.#end.signal]));
  }

  /** Sends nothing more, and waits until each request has come to its end. */
  async end(): Promise<void> {
    this.#end.abort();
    await this.#work;
    await Promise.all(this.#underWay);
  }

  /** For each load so far. */
  figures(): readonly LoadFigures[] {
    return this.#loads.map(({ answers, ...tally }) => {
      if (answers.count === 0) return tally;
      return { ...tally, answerP50Ms: answers.percentile(50), answerP99Ms: answers.percentile(99) };
    });
  }

  async #keepSending(perSecond: number, tally: Tally, signal: AbortSignal): Promise<void> {
    const meanGapMs = (1_000 * this.#options.batch) / perSecond;
    // Independent of each other, as those who do not know of each other are: a Poisson process.
    const gap = () => -Math.log(1 - this.#random()) * meanGapMs;
    let due = performance.now() + gap();
    for (;;) {
      await sleep(due - performance.now(), { signal }).catch(() => {});
      if (signal.aborted) return;
      for (; due <= performance.now(); due += gap()) this.#sendOne(tally);
    }
  }

  #sendOne(tally: Tally): void {
    const { producers, batch } = this.#options;
    if (this.#underWay.size >= producers) {
      tally.heldBack += batch;
      return;
    }
    this.#requests += 1;
    const request = this.#hear(tally, this.#requests % HIGH_EVERY === 0).finally(() => {
      this.#underWay.delete(request);
    });
    this.#underWay.add(request);
  }

  async #hear(tally: Tally, isHigh: boolean): Promise<void> {
    const { batch } = this.#options;
    const began = performance.now();
    tally.sent += batch;
    if (isHigh) tally.highSent += batch;
    const outcome = await this.#send(eventsOf(this.#requests, batch), isHigh ? "high" : "normal");
    if (outcome === "let in") tally.answers.record(performance.now() - began);
    else tally[outcome] += batch;
    if (outcome === "shed" && isHigh) tally.highShed += batch;
  }
}

function newTally(): Tally {
  return {
    sent: 0,
    heldBack: 0,
    shed: 0,
    highSent: 0,
    highShed: 0,
    unanswered: 0,
    failed: 0,
    answerP50Ms: null,
    answerP99Ms: null,
    answers: new Histogram(),
  };
}

/** Events as lines of JSON, made just now. */
function eventsOf(request: number, batch: number): string {
  const at = wallNow();
  return Array.from(
    { length: batch },
    (_, n) =>
      `${JSON.stringify({ kind: "page.viewed", at, data: { visit: request, page: `/shelf/${n + 1}` } })}\n`,
  ).join("");
}
