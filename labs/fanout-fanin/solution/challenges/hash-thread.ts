/** What runs in each thread: it hashes one batch after the other. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

export interface ThreadStart {
  readonly progress: BigInt64Array | undefined;
}

/** What became of a file: its hash, or its error in pieces, for an error loses its code on the way between threads. */
export type Found = string | { readonly message: string; readonly code: string | undefined };

const { progress } = workerData as ThreadStart;
const chunk = Buffer.allocUnsafe(256 * 1024);

parentPort?.on("message", (batch: readonly string[]) => {
  parentPort?.postMessage(batch.map(hashFile));
});

/** Reads synchronously: a thread of one's own has nobody to keep waiting. */
function hashFile(path: string): Found {
  try {
    const { sha256, bytes } = readAndHash(path);
    count(bytes);
    return sha256;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return { message, code };
  }
}

function readAndHash(path: string): { readonly sha256: string; readonly bytes: number } {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  let bytes = 0;
  try {
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      hash.update(chunk.subarray(0, size));
      bytes += size;
    }
  } finally {
    closeSync(file);
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** Every thread adds to the same two numbers: read and written in one step each, or additions would be lost. */
function count(bytes: number): void {
  if (progress === undefined) return;
  Atomics.add(progress, 0, 1n);
  Atomics.add(progress, 1, BigInt(bytes));
}
