import { Semaphore } from "@pattern-labs/primitives/semaphore";
import { WaitGroup } from "@pattern-labs/primitives/wait-group";
import type { Group, GroupOptions } from "../../contract.ts";
import { checkWhole } from "./options.ts";

export function createGroup(options: GroupOptions = {}): Group {
  return new TaskGroup(options);
}

type Task = (signal: AbortSignal) => Promise<void>;

class TaskGroup implements Group {
  readonly signal: AbortSignal;
  readonly #failure = new AbortController();
  readonly #places: Semaphore | undefined;
  /** Each task from `go` to its end, so those that wait for a place, too. */
  readonly #work = new WaitGroup();
  #hasThrown = false;

  constructor({ limit, signal }: GroupOptions) {
    if (limit !== undefined) {
      checkWhole("limit", limit);
      this.#places = new Semaphore(limit);
    }
    // Unlike a listener, `any` leaves nothing on the given signal that somebody would have to take back.
    this.signal =
      signal === undefined ? this.#failure.signal : AbortSignal.any([signal, this.#failure.signal]);
  }

  async go(task: Task): Promise<void> {
    this.signal.throwIfAborted();
    this.#work.add();
    let place: Disposable | undefined;
    try {
      place = await this.#places?.acquire({ signal: this.signal });
      this.signal.throwIfAborted(); // It may have aborted since the place was given.
    } catch (error) {
      place?.[Symbol.dispose]();
      this.#work.done();
      throw error;
    }
    void this.#run(task, place);
  }

  async #run(task: Task, place: Disposable | undefined): Promise<void> {
    try {
      await task(this.signal);
    } catch (error) {
      this.#failure.abort(error); // Before the place is free: nobody may begin in between. Only the first abort counts.
    } finally {
      place?.[Symbol.dispose]();
      this.#work.done();
    }
  }

  async wait(): Promise<void> {
    await this.#idle();
    if (!this.signal.aborted) return;
    this.#hasThrown = true;
    throw this.signal.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#idle();
    if (this.signal.aborted && !this.#hasThrown) throw this.signal.reason;
  }

  async #idle(): Promise<void> {
    while (this.#work.count > 0) await this.#work.wait();
  }
}
