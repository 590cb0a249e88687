import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

/** What a thread is given as it starts. */
export interface Setup {
  readonly progress: BigInt64Array<SharedArrayBuffer> | undefined;
}

/** An error travels in pieces: copied as a whole it would lose its `code`. */
export type Reply =
  | { readonly path: string; readonly sha256: string }
  | { readonly path: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> };

const { progress } = workerData as Setup;
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

// It reads synchronously: this thread has nothing else to do, and does not need libuv's four for it.
parentPort?.on("message", (paths: readonly string[]) => {
  parentPort?.postMessage(paths.map(hash));
});

function hash(path: string): Reply {
  try {
    const { sha256, bytes } = read(path);
    if (progress !== undefined) {
      Atomics.add(progress, 1, BigInt(bytes));
      Atomics.add(progress, 0, 1n);
    }
    return { path, sha256 };
  } catch (error) {
    if (!(error instanceof Error)) return { path, message: String(error), details: {} };
    const { code, errno, syscall } = error as NodeJS.ErrnoException;
    return { path, message: error.message, details: { code, errno, syscall } };
  }
}

function read(path: string): { readonly sha256: string; readonly bytes: number } {
  const sha256 = createHash("sha256");
  const file = openSync(path, "r");
  try {
    let bytes = 0;
    for (let n = readSync(file, buffer); n > 0; n = readSync(file, buffer)) {
      sha256.update(buffer.subarray(0, n));
      bytes += n;
    }
    return { sha256: sha256.digest("hex"), bytes };
  } finally {
    closeSync(file);
  }
}
