import type { Program } from "../program.ts";

const intervals: NodeJS.Timeout[] = [];

function startHeartbeat(): { stop(): void } {
  const interval = setInterval(() => {}, 30_000);
  intervals.push(interval);
  return { stop: () => clearInterval(interval) };
}

export const intervalNeverCleared: Program = {
  mistake: "a heartbeat that nobody stops",
  leaves: [{ kind: "timer", in: "startHeartbeat" }],
  async buggy() {
    startHeartbeat();
    await Promise.resolve();
  },
  async fixed() {
    const heartbeat = startHeartbeat();
    await Promise.resolve();
    heartbeat.stop();
  },
  cleanUp() {
    for (const interval of intervals) clearInterval(interval);
  },
};
