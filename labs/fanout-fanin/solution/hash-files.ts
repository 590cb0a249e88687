import { createHash } from "node:crypto";
import type { Hashed, HashOptions, OpenFile } from "../contract.ts";
import { ReorderBuffer } from "./challenges/reorder-buffer.ts";
import { fanIn, type Worker } from "./fan-in.ts";
import { readOptions, type Settings } from "./options.ts";
import { SharedSource } from "./shared-source.ts";

/**
 * `concurrency` workers draw paths from one source and send what they find into one stream. A worker draws its next
 * path when its last result has been taken: so the consumer sets the pace, and nothing piles up.
 */
export function hashFiles(
  paths: Iterable<string> | AsyncIterable<string>,
  options: HashOptions,
): AsyncIterableIterator<Hashed> {
  const settings = readOptions(options);
  const source = new SharedSource(paths);
  const worker = settings.ordered ? orderedWorker(source, settings) : plainWorker(source, settings);
  return fanIn(
    Array.from({ length: settings.concurrency }, () => worker),
    settings.signal,
  );
}

function plainWorker(source: SharedSource<string>, settings: Settings): Worker<Hashed> {
  return async (send, signal) => {
    await using _closing = source; // Whichever way a worker ends, nobody needs another path.
    for (;;) {
      const next = await source.next(signal);
      if (next === undefined) return;
      await send(await hashFile(next.value, settings, signal));
    }
  };
}

/** The same, but a path is drawn only if its result has a place in the window. */
function orderedWorker(source: SharedSource<string>, settings: Settings): Worker<Hashed> {
  const buffer = new ReorderBuffer<Hashed>(settings.window);
  return async (send, signal) => {
    await using _closing = source;
    for (;;) {
      const place = await buffer.reserve(signal);
      const next = await source.next(signal);
      if (next === undefined) return place[Symbol.dispose]();
      const value = await hashFile(next.value, settings, signal);
      await buffer.put(next.index, { value, place }, send);
    }
  };
}

async function hashFile(path: string, { open, onError }: Settings, signal: AbortSignal): Promise<Hashed> {
  try {
    return { path, sha256: await sha256(path, open, signal) };
  } catch (error) {
    signal.throwIfAborted(); // Then it is no fault of the file.
    if (onError === "fail-fast") throw error;
    return { path, error };
  }
}

async function sha256(path: string, open: OpenFile, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted(); // It may have aborted between the granting of the path and now.
  const hash = createHash("sha256");
  for await (const chunk of open(path, { signal })) {
    signal.throwIfAborted(); // Not every file heeds its signal. Leaving the loop closes it.
    hash.update(chunk);
  }
  return hash.digest("hex");
}
