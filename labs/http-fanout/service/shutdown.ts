import { startTimer } from "@pattern-labs/primitives/timer";

/** What is open while the service runs. */
export interface Part {
  readonly name: string;
  /** Ends it well. When `signal` aborts there is no time left: what can be done at once is done then. */
  readonly close: (options: { readonly signal: AbortSignal }) => Promise<void>;
}

/** Names of those that did not end well. */
export interface ShutdownReport {
  /** Those that were still at it at the deadline. */
  readonly cut: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

/**
 * Ends the parts one after the other, the last first: who uses something ends before it. At the deadline the one whose turn
 * it is is cut off; those after it are told at once, and not waited for. Never rejects.
 */
export async function shutDown(parts: readonly Part[], deadlineMs: number): Promise<ShutdownReport> {
  const deadline = new AbortController();
  const reached = Promise.withResolvers<void>();
  const stopTimer = startTimer(deadlineMs, () => {
    deadline.abort(new Error("The deadline of the shutdown has come"));
    setImmediate(reached.resolve); // Those that heed the signal get a turn to do so.
  });
  const cut: string[] = [];
  const failed: { name: string; error: unknown }[] = [];
  for (const { name, close } of parts.toReversed()) {
    const isLate = deadline.signal.aborted;
    const closing = Promise.try(close, { signal: deadline.signal }).catch((error: unknown) => {
      failed.push({ name, error });
    });
    await Promise.race([closing, reached.promise]);
    if (!isLate && deadline.signal.aborted) cut.push(name);
  }
  stopTimer();
  return { cut, failed };
}
