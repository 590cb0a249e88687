import type { Transferable } from "node:worker_threads";
import type { LinkedListNode } from "../linked-list.ts";
import type { Thread } from "./thread.ts";

export interface JobOptions {
  readonly input: unknown;
  readonly task: string | undefined;
  readonly transfer: readonly Transferable[];
  readonly signal: AbortSignal | undefined;
  /** Called once, before its promise is settled. */
  readonly ended: (job: Job) => void;
}

/** A task on its way through the pool: in the queue, then in flight in a thread, then ended. */
export class Job {
  readonly input: unknown;
  readonly task: string | undefined;
  readonly transfer: readonly Transferable[];
  readonly signal: AbortSignal | undefined;
  readonly #resolve: (output: unknown) => void;
  readonly #reject: (reason: unknown) => void;
  /** Where it stands while it is queued. */
  place: LinkedListNode<Job> | undefined = undefined;
  /** Where it is in flight. */
  thread: Thread | undefined = undefined;
  /** Whether a thread died before it had begun this one. It is tried in another, but only once. */
  wasReturned = false;
  /** Takes back what waits for an abort, or for the end of its grace. */
  withdraw: (() => void) | undefined = undefined;
  readonly #ended: (job: Job) => void;

  constructor(
    { input, task, transfer, signal, ended }: JobOptions,
    resolve: (output: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    this.input = input;
    this.task = task;
    this.transfer = transfer;
    this.signal = signal;
    this.#ended = ended;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  succeed(output: unknown): void {
    this.#end();
    if (this.signal?.aborted) this.#reject(this.signal.reason);
    else this.#resolve(output);
  }

  /** Once it has been aborted, that is why it fails, whatever it threw. */
  fail(reason: unknown): void {
    this.#end();
    this.#reject(this.signal?.aborted ? this.signal.reason : reason);
  }

  /** Whether another thread may run it, given that this one has not begun: what was transferred has to stay. */
  get canMove(): boolean {
    return this.transfer.length === 0;
  }

  #end(): void {
    this.thread = undefined;
    this.withdraw?.();
    this.#ended(this);
  }
}
