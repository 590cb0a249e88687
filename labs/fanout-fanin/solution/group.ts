import { Semaphore } from "@pattern-labs/primitives/semaphore";
import { WaitGroup } from "@pattern-labs/primitives/wait-group";
import type { Group, GroupOptions } from "../contract.ts";
import { checkCount } from "./options.ts";

export function createGroup(options: GroupOptions = {}): Group {
  return new ErrorGroup(options);
}

type Task = (signal: AbortSignal) => Promise<void>;

class ErrorGroup implements Group {
  /** Its reason says all that there is to say: the first error, or why the caller cancelled. */
  readonly signal: AbortSignal;
  readonly #failure = new AbortController();
  readonly #places: Semaphore;
  readonly #underWay = new WaitGroup();
  #told = false;

  constructor({ limit, signal }: GroupOptions) {
    this.#places = new Semaphore(checkCount("create a group", "limit", limit ?? Number.MAX_SAFE_INTEGER));
    this.signal = AbortSignal.any([...(signal ? [signal] : []), this.#failure.signal]);
  }

  go(task: Task): Promise<void> {
    const begun = Promise.withResolvers<void>();
    // Under way from now on, not only when there is a place: or `wait` could miss it.
    void this.#underWay.go(() => this.#run(task, begun));
    return begun.promise;
  }

  async wait(): Promise<void> {
    await this.#underWay.wait();
    this.#told = true;
    this.signal.throwIfAborted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#underWay.wait();
    if (!this.#told) this.signal.throwIfAborted();
  }

  /** Never rejects. */
  async #run(task: Task, begun: PromiseWithResolvers<void>): Promise<void> {
    try {
      using _place = await this.#places.acquire({ signal: this.signal });
      this.signal.throwIfAborted(); // It may have aborted between the granting of the place and now.
      begun.resolve();
      await this.#attempt(task);
    } catch (reason) {
      begun.reject(reason);
    }
  }

  /** Fails the group while its place is still taken: whoever waits for that must not begin any more. */
  async #attempt(task: Task): Promise<void> {
    try {
      await task(this.signal);
    } catch (error) {
      this.#failure.abort(error); // Of several the first counts.
    }
  }
}
