import timers from "node:timers";
import timersPromises from "node:timers/promises";

/**
 * The clocks and timers as Node made them, taken before anything is replaced.
 * The test kit itself lives by these; the code under test lives by what `clock.ts` puts in their place.
 */
export const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  Date: globalThis.Date,
  performanceNow: performance.now.bind(performance),
  hrtime: process.hrtime,
  uptime: process.uptime.bind(process),
  temporal: { instant: Temporal.Now.instant, timeZoneId: Temporal.Now.timeZoneId },
  abortTimeout: AbortSignal.timeout,
  random: Math.random,
  timers: { ...timers },
  timersPromises: { ...timersPromises },
} as const;

/** Resolves once every queued microtask, and every `process.nextTick`, has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    real.setImmediate(resolve);
  });
}
