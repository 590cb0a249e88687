import { isBusy } from "./failure.ts";

const PAUSE_MS = 5;

/**
 * Tries again, as long as somebody else holds the lock, for a step in which SQLite refuses at once instead of waiting
 * for its busy timeout. It holds up its thread.
 *
 * @throws What `body` throws, other than that the file is locked; and that, too, after `timeoutMs`.
 */
export function waitWhileBusy<T>(timeoutMs: number, body: () => T): T {
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    try {
      return body();
    } catch (error) {
      if (!isBusy(error) || waitedMs >= timeoutMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
