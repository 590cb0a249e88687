import { setImmediate as turn } from "node:timers/promises";

/** The bytes that are in use once all garbage is collected, those of buffers included. */
export async function memoryInUse(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await turn(); // What was just looked at lives until the end of the turn.
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
