import type { MergeOptions } from "../contract.ts";
import { fanIn, type Worker } from "./fan-in.ts";
import { Reading } from "./reading.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** Each source has a worker, which does nothing but pass on its values. */
export function merge<T>(
  sources: readonly AsyncIterable<T>[],
  { signal }: MergeOptions = {},
): AsyncIterableIterator<T> {
  return fanIn(
    sources.map((source) => passOn(source, signal)),
    signal,
  );
}

function passOn<T>(source: AsyncIterable<T>, caller: AbortSignal | undefined): Worker<T> {
  return async (send, signal) => {
    const reading = new Reading(source);
    try {
      for (;;) {
        const read = await unlessAborted(reading.next(), signal);
        if (read === undefined) return;
        await send(read.value);
      }
    } finally {
      const closing = reading.close();
      if (!caller?.aborted) await closing; // An abort waits for nobody: a source may be stuck.
    }
  };
}
