import type { Program } from "../program.ts";

const timers = new Set<NodeJS.Timeout>();

async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    timers.add(setTimeout(reject, ms, new Error("late")));
  });
  return await Promise.race([work, late]);
}

async function withTimeoutCleared<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(reject, ms, new Error("late"));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const timerAfterRace: Program = {
  mistake: "the race is won, and the timer of the loser goes on",
  // The reactions of the race hang on the promise of the timer: the same mistake, seen from the other side.
  leaves: [
    { kind: "continuation", in: "withTimeout" },
    { kind: "timer", in: "withTimeout" },
  ],
  buggy: () => withTimeout(Promise.resolve("done"), 60_000),
  fixed: () => withTimeoutCleared(Promise.resolve("done"), 60_000),
  cleanUp() {
    for (const timer of timers) clearTimeout(timer);
  },
};
