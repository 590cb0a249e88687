import { isBusy } from "./failure.ts";

const PAUSE_MS = 5;

/**
 * Tries again, as long as somebody else holds the lock, for a step in which SQLite may refuse at once instead of waiting
 * for its busy timeout. It holds up its thread.
 *
 * @throws What `body` throws, other than that the file is locked; and that, too, after `timeoutMs`, in which the time
 *   counts that SQLite has waited itself.
 */
export function waitWhileBusy<T>(timeoutMs: number, body: () => T): T {
  const began = performance.now();
  for (;;) {
    try {
      return body();
    } catch (error) {
      if (!isBusy(error) || performance.now() - began >= timeoutMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
