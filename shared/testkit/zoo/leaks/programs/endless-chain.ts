import type { Program } from "../program.ts";

let isRunning = false;

function poll(): void {
  if (isRunning) setImmediate(poll);
}

export const endlessChain: Program = {
  mistake: "a loop of setImmediate that nobody stops",
  leaves: [{ kind: "timer", in: "poll" }],
  async buggy() {
    isRunning = true;
    poll();
    await Promise.resolve();
  },
  async fixed() {
    isRunning = true;
    poll();
    await Promise.resolve();
    isRunning = false;
  },
  cleanUp() {
    isRunning = false;
  },
};
