import { underSignal } from "./waiting.ts";

export async function* orDone<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let isOpen = true;
  const next = async () => {
    try {
      const step = await iterator.next();
      if (step.done) isOpen = false;
      return step;
    } catch (error) {
      isOpen = false;
      throw error;
    }
  };
  try {
    for (;;) {
      signal.throwIfAborted();
      const step = await underSignal(next(), signal);
      if (step.done) return;
      yield step.value;
    }
  } finally {
    if (isOpen) await close(iterator, signal);
  }
}

/** Waits for the source, unless an abort is what closes it: an async generator that is stuck never answers. */
async function close(iterator: AsyncIterator<unknown>, signal: AbortSignal): Promise<void> {
  const closing = Promise.try(() => iterator.return?.());
  if (signal.aborted) closing.catch(() => {});
  else await closing;
}
