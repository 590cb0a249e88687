import type { JobContext } from "../contract.ts";

/** One call of a handler. */
export interface Run extends JobContext {
  readonly worker: string;
  readonly type: string;
  readonly payload: unknown;
}

/** What a handler does. */
export type Script = (run: Run) => Promise<unknown>;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Works for so long. Told to stop, it rejects with the reason and leaves no timer. */
export const lasting =
  (ms: number, result?: unknown): Script =>
  ({ signal }) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", leave);
        resolve(result);
      }, ms);
      signal.addEventListener("abort", leave, { once: true });
    });

/** Works for so long, whatever its signal says. */
export const deaf =
  (ms: number, result?: unknown): Script =>
  async () => {
    await pause(ms);
    return result;
  };

/** Takes a while, and fails with this. */
export const failing =
  (error: unknown, ms = 10): Script =>
  async () => {
    await pause(ms);
    throw error;
  };

/** The first script for the first run, the second for the second …; the last one for all that follow. */
export function inTurn(...scripts: readonly [Script, ...Script[]]): Script {
  let runs = 0;
  return (run) => {
    const script = scripts[Math.min(runs, scripts.length - 1)] as Script;
    runs += 1;
    return script(run);
  };
}

/** So much time, in polls of this length. */
export const polls = (count: number, pollMs = 1_000): Promise<void> => pause(count * pollMs);
