import type { Workers, WorkersOptions } from "../contract.ts";

/**
 * Workers for an answer that has none of its own: each takes one job after the other, and stops after the one that it
 * has in hand.
 */
export function createPlainWorkers<J>({ workers, take, work, giveBack }: WorkersOptions<J>): Workers {
  const intake = new AbortController();
  const running = new AbortController();
  let loops: readonly Promise<void>[] = [];

  const loop = async () => {
    while (!intake.signal.aborted) {
      for (const job of await take(intake).catch(() => [])) {
        await work(job, running).catch(() => giveBack(job));
      }
    }
  };
  return {
    start: async () => {
      loops = Array.from({ length: workers }, loop);
    },
    stop: async ({ signal }) => {
      intake.abort();
      signal.addEventListener("abort", () => running.abort(signal.reason), { once: true });
      await Promise.all(loops);
    },
  };
}
