/**
 * Every way in which ordinary code gets hold of a timer or a clock, taken at the top of a module: before any
 * simulation has begun, and kept beyond it.
 */
import { performance as namedPerformance } from "node:perf_hooks";
import defaultProcess, { hrtime as namedHrtime, uptime as namedUptime } from "node:process";
import * as allTimers from "node:timers";
import defaultTimers, { promises as namedPromises, setTimeout as namedSetTimeout } from "node:timers";
import defaultPromises, {
  setImmediate as namedImmediate,
  scheduler as namedScheduler,
  setTimeout as namedSleep,
} from "node:timers/promises";
import { promisify } from "node:util";

const { setTimeout: destructured } = globalThis;
const kept = globalThis.setTimeout;
const promisified = promisify(setTimeout);
const promisifiedNamed = promisify(namedSetTimeout);
const promisifiedImmediate = promisify(setImmediate);
const { wait: detachedWait } = namedScheduler;

type SetTimeout = (callback: () => void, ms: number) => unknown;
const by = (set: SetTimeout) => (ms: number) => new Promise<void>((resolve) => void set(resolve, ms));

/** Each waits for so many milliseconds. */
export const sleeps: Readonly<Record<string, (ms: number) => Promise<unknown>>> = {
  "global setTimeout": (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  "globalThis.setTimeout": (ms) => new Promise((resolve) => globalThis.setTimeout(resolve, ms)),
  "const { setTimeout } = globalThis": by(destructured),
  "const kept = globalThis.setTimeout": by(kept),
  'import { setTimeout } from "node:timers"': by(namedSetTimeout),
  'import timers from "node:timers"': by((callback, ms) => defaultTimers.setTimeout(callback, ms)),
  'import * as timers from "node:timers"': by((callback, ms) => allTimers.setTimeout(callback, ms)),
  'import { promises } from "node:timers"': (ms) => namedPromises.setTimeout(ms),
  "timers.promises": (ms) => defaultTimers.promises.setTimeout(ms),
  'import { setTimeout } from "node:timers/promises"': (ms) => namedSleep(ms),
  'import timers from "node:timers/promises"': (ms) => defaultPromises.setTimeout(ms),
  "promisify(setTimeout)": (ms) => promisified(ms),
  "promisify of node:timers": (ms) => promisifiedNamed(ms),
  "scheduler.wait": (ms) => namedScheduler.wait(ms),
  "const { wait } = scheduler": (ms) => detachedWait(ms),
  "AbortSignal.timeout": (ms) =>
    new Promise((resolve) => AbortSignal.timeout(ms).addEventListener("abort", resolve, { once: true })),
  "one tick of setInterval": (ms) =>
    new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        clearInterval(timer);
        resolve();
      }, ms);
    }),
  "one tick of setInterval from timers/promises": async (ms) => {
    for await (const _ of defaultPromises.setInterval(ms)) break;
  },
};

/** Each waits for one turn of the event loop. */
export const turns: Readonly<Record<string, () => Promise<unknown>>> = {
  "global setImmediate": () => new Promise((resolve) => setImmediate(resolve)),
  'import { setImmediate } from "node:timers/promises"': () => namedImmediate(),
  "promisify(setImmediate)": () => promisifiedImmediate(),
  "scheduler.yield": () => namedScheduler.yield(),
};

const { now: detachedNow } = performance;
const KeptDate = Date;

/** Each tells how many milliseconds it is since an unknown moment. */
export const clocks: Readonly<Record<string, () => number>> = {
  "Date.now": () => Date.now(),
  // biome-ignore lint/complexity/useDateNow: the idiom is what is tested
  "new Date().getTime()": () => new Date().getTime(),
  // biome-ignore lint/complexity/useDateNow: the idiom is what is tested
  "+new Date()": () => +new Date(),
  "const Kept = Date": () => KeptDate.now(),
  "Date as a function": () => Date.parse(Date()),
  "a subclass of Date": () => new (class extends Date {})().getTime(),
  "date.constructor": () => (new Date().constructor as DateConstructor).now(),
  "Reflect.construct(Date)": () => Reflect.construct(Date, []).getTime(),
  "performance.now": () => performance.now(),
  'import { performance } from "node:perf_hooks"': () => namedPerformance.now(),
  "const { now } = performance": () => detachedNow(),
  "performance.timeOrigin": () => performance.timeOrigin + performance.now(),
  "process.hrtime": () => process.hrtime()[0] * 1000 + process.hrtime()[1] / 1e6,
  "process.hrtime.bigint": () => Number(process.hrtime.bigint() / 1_000_000n),
  'import { hrtime } from "node:process"': () => Number(namedHrtime.bigint() / 1_000_000n),
  "process.uptime": () => process.uptime() * 1000,
  'import { uptime } from "node:process"': () => namedUptime() * 1000,
  'import process from "node:process"': () => defaultProcess.uptime() * 1000,
  "Temporal.Now.instant": () => Temporal.Now.instant().epochMilliseconds,
  "Temporal.Now.zonedDateTimeISO": () => Temporal.Now.zonedDateTimeISO("Europe/Berlin").epochMilliseconds,
  "Temporal.Now.plainDateTimeISO": () =>
    Temporal.Now.plainDateTimeISO("UTC").toZonedDateTime("UTC").epochMilliseconds,
  "Temporal.Now.plainTimeISO": () =>
    Temporal.Now.plainTimeISO("UTC").since(Temporal.PlainTime.from("00:00")).total("milliseconds"),
};
