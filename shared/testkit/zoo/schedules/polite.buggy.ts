import { setTimeout as pause } from "node:timers/promises";

/** Two who meet in a corridor, each of whom steps aside for the other. */
export function createCorridor() {
  const inTheWay = new Set<string>();
  return {
    async pass(name: string, walk: () => Promise<void>): Promise<void> {
      for (;;) {
        inTheWay.add(name);
        await pause(10);
        if (inTheWay.size === 1) break;
        await pause(10);
        inTheWay.delete(name);
        await pause(10); // Wrong: both step aside, both for the same time, and both come back.
      }
      await walk();
      inTheWay.delete(name);
    },
  };
}
