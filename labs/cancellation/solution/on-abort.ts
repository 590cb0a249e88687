/**
 * Calls `leave` with the reason when `signal` aborts, at once if it has already. What it returns takes that back: the
 * signal may outlive its caller by years, so everybody who comes this way must leave that way.
 */
export function onAbort(signal: AbortSignal | undefined, leave: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  const listener = () => leave(signal.reason);
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
