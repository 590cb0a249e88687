import { onAbort } from "@pattern-labs/primitives/abort";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import { startTimer } from "@pattern-labs/primitives/timer";
import type { CallOptions } from "../contract.ts";

/** How long somebody waits for a piece of work, and how it hears that nobody does any more. */
export type Patience = CallOptions;

/**
 * Runs `task` under a signal that aborts at `deadline`, or with the one `above`; settles as the task does, and leaves
 * nothing. Unlike `timeout` it keeps what the task gives when its time is up: the answers that came before.
 */
export async function runUntil<R>(
  deadline: number,
  above: AbortSignal,
  task: (patience: Patience) => R | PromiseLike<R>,
): Promise<Awaited<R>> {
  above.throwIfAborted();
  const ms = Math.max(0, Math.round(deadline - performance.now()));
  const own = new AbortController();
  // One controller, one timer, one place among the listeners: this runs for each call, and is most of what a call costs.
  const withdraw = onAbort(above, () => own.abort(above.reason));
  const stopTimer = startTimer(ms, () => own.abort(new TimeoutError(ms)));
  try {
    return await task({ signal: own.signal, deadline });
  } finally {
    withdraw();
    stopTimer();
  }
}
