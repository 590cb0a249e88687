import { Semaphore } from "@pattern-labs/primitives/semaphore";
import type { Hashed } from "../../contract.ts";
import { createGroup } from "./group.ts";
import { left } from "./options.ts";
import { Paths } from "./paths.ts";

interface Waiting {
  readonly resolve: (result: IteratorResult<Hashed>) => void;
  readonly reject: (error: unknown) => void;
}

interface Parcel {
  readonly hashed: Hashed;
  readonly place: Disposable;
}

export interface Drawn {
  readonly path: string;
  /** How many were drawn before it. */
  readonly turn: number;
  /** Its place in the window. */
  readonly place: Disposable;
}

/**
 * What `hashFiles` and `hashOnThreads` have in common: one group that holds all that runs, and one consumer.
 * An error, an abort and leaving all abort the group's signal; the end is when the group has ended.
 *
 * A path has a place in the window from before it is drawn until its result has been taken: that bounds the paths
 * and results in memory, and what is under way.
 */
export abstract class Run implements AsyncIterableIterator<Hashed> {
  protected readonly group;
  readonly #paths: Paths;
  readonly #window: Semaphore;
  readonly #leaving = new AbortController();
  /** By number; those that cannot be given yet wait for an earlier one. */
  readonly #results = new Map<number, Parcel>();
  readonly #ended = Promise.withResolvers<void>();
  #drawn = 0;
  #done = 0;
  #given = 0;
  #waiting: Waiting | undefined;
  #hasLeft = false;
  #phase: "new" | "running" | "ended" | "over" = "new";

  constructor(
    paths: Iterable<string> | AsyncIterable<string>,
    options: { readonly signal: AbortSignal | undefined; readonly window: number },
  ) {
    this.#paths = new Paths(paths);
    this.#window = new Semaphore(options.window);
    const given = options.signal === undefined ? [] : [options.signal];
    this.group = createGroup({ signal: AbortSignal.any([...given, this.#leaving.signal]) });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Hashed>> {
    if (this.#waiting !== undefined)
      return Promise.reject(new Error("next was called while another one waits"));
    if (this.#phase === "over") return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#phase === "new") void this.#run();
      this.#serve();
    });
  }

  async return(value?: unknown): Promise<IteratorResult<Hashed>> {
    if (this.#phase === "new") this.#phase = "over";
    if (this.#phase !== "over") {
      this.#hasLeft = true; // An error that nobody has seen is dropped.
      this.#leaving.abort(left());
      await this.#ended.promise;
      this.#serve();
      this.#finish();
    }
    return { done: true, value };
  }

  /** Draws the paths, and begins a task of the group for each, or for several. */
  protected abstract feed(signal: AbortSignal): Promise<void>;

  /** What is still there when the group has ended. Does not throw. */
  protected async release(): Promise<void> {}

  /** The next path, one at a time, as soon as there is a place for it; `undefined` at the end. */
  protected async draw(signal: AbortSignal): Promise<Drawn | undefined> {
    const place = await this.#window.acquire({ signal });
    const path = await this.#paths.read(signal);
    return path.done === true ? undefined : { path: path.value, turn: this.#drawn++, place };
  }

  /** Hands over a result: in its turn, or behind all that have been handed over before. */
  protected give(hashed: Hashed, place: Disposable, turn = this.#done): void {
    if (this.group.signal.aborted) return;
    this.#results.set(turn, { hashed, place });
    this.#done += 1;
    this.#serve();
  }

  async #run(): Promise<void> {
    this.#phase = "running";
    try {
      await this.group.go((signal) => this.#feed(signal)); // Not with an aborted signal.
      await this.group.wait();
    } catch {
      // The group's signal tells it to #serve.
    }
    await this.release();
    this.#phase = "ended";
    this.#ended.resolve();
    this.#serve();
  }

  async #feed(signal: AbortSignal): Promise<void> {
    try {
      await this.feed(signal);
    } finally {
      await this.#paths.close();
    }
  }

  /** Answers the consumer that waits, if there is an answer by now. */
  #serve(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const { signal } = this.group;
    if (signal.aborted) {
      if (this.#phase !== "ended") return;
      this.#finish();
      if (this.#hasLeft) waiting.resolve({ done: true, value: undefined });
      else waiting.reject(signal.reason);
      return;
    }
    const parcel = this.#results.get(this.#given);
    if (parcel !== undefined) {
      this.#results.delete(this.#given);
      this.#given += 1;
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: parcel.hashed });
      void freeOnceTaken(parcel.place);
    } else if (this.#phase === "ended") {
      this.#finish();
      waiting.resolve({ done: true, value: undefined });
    }
  }

  #finish(): void {
    this.#phase = "over";
    this.#waiting = undefined;
    this.#results.clear();
  }
}

/** The consumer goes on in the next microtask. A path that replaces the one that it has taken comes after that. */
async function freeOnceTaken(place: Disposable): Promise<void> {
  await undefined;
  await undefined;
  place[Symbol.dispose]();
}
