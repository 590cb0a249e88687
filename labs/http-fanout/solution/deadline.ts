import { onAbort } from "@pattern-labs/primitives/abort";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import { startTimer } from "@pattern-labs/primitives/timer";
import type { CallOptions } from "../contract.ts";

/**
 * How long somebody waits for a piece of work, and how it hears that nobody does any more: the signal aborts at
 * `deadline`, or with the one `above`. Dispose of it when the work has ended, however it did: then nothing is left.
 */
export class Patience implements CallOptions, Disposable {
  readonly signal: AbortSignal;
  readonly deadline: number;
  readonly #stopTimer: () => void;
  #withdraw = nothing;

  /** @param whenOver Called once, if the signal aborts, and before those who listen to it. */
  constructor(deadline: number, above: AbortSignal, whenOver = nothing) {
    // One controller, one timer, one place among the listeners: there is one of these for each call, and it is most of
    // what a call costs. A listener on its own signal would double that.
    const own = new AbortController();
    this.signal = own.signal;
    this.deadline = deadline;
    const stop = (reason: unknown) => {
      this[Symbol.dispose]();
      whenOver();
      own.abort(reason);
    };
    const ms = Math.max(0, Math.round(deadline - performance.now()));
    this.#stopTimer = startTimer(ms, () => stop(new TimeoutError(ms)));
    this.#withdraw = onAbort(above, () => stop(above.reason));
  }

  [Symbol.dispose](): void {
    this.#withdraw();
    this.#stopTimer();
  }
}

function nothing(): void {}
