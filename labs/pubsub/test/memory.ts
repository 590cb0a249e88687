import { setImmediate as turn } from "node:timers/promises";

/** How many of `references` are still held by somebody. What was just looked at lives until the end of the turn. */
export async function stillHeld(references: readonly WeakRef<object>[]): Promise<number> {
  await collectGarbage();
  return references.filter((reference) => reference.deref() !== undefined).length;
}

/** By how many megabytes the heap is larger after so many calls of `action` than after the first thousand. */
export async function grownMb(calls: number, action: (n: number) => void): Promise<number> {
  for (let n = 0; n < 1_000; n += 1) action(n);
  await collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let n = 1_000; n < calls; n += 1) action(n);
  await collectGarbage();
  return (process.memoryUsage().heapUsed - before) / 2 ** 20;
}

async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await turn();
    globalThis.gc?.();
  }
}
