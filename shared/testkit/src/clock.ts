import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";
import { real } from "./real.ts";

/** What a running simulation puts in place of the machine's clock, timers and chance. */
export interface Clock {
  /** Milliseconds since the simulation began. */
  readonly time: number;
  startTimer(callback: () => void, ms: number, repeat: boolean): SimulatedTimer;
  startImmediate(callback: () => void): SimulatedTimer;
  /** The timer whose number was taken by `+timer`, as old browser code does. */
  findTimer(id: number): SimulatedTimer | undefined;
  random(): number;
}

/** A handle that behaves as Node's `Timeout` and `Immediate` do. */
export interface SimulatedTimer extends Disposable {
  ref(): this;
  unref(): this;
  hasRef(): boolean;
  refresh(): this;
  close(): this;
  [Symbol.toPrimitive](): number;
}

/** Every simulation begins at this moment: the 1st of January 2026, midnight, UTC. */
export const EPOCH_MS: number = real.Date.UTC(2026, 0, 1);

const timersOfSimulations = new WeakSet<object>();
let running: Clock | undefined;

/** Lets `clock` rule until the returned function is called. One simulation at a time rules a thread. */
export function installClock(clock: Clock): () => void {
  if (running !== undefined) {
    throw new Error("Cannot start a simulation: another one is running in this thread; await that one first");
  }
  running = clock;
  return () => {
    running = undefined;
  };
}

/** Marks a handle as simulated, so that `clearTimeout` knows it even after its simulation has ended. */
export function registerTimer(timer: SimulatedTimer): SimulatedTimer {
  timersOfSimulations.add(timer);
  return timer;
}

/*
 * The delegates below are put in place once, before the code under test is loaded, and stay: each looks for a running
 * simulation at every call. So `const { setTimeout } = globalThis` or `promisify(setTimeout)` at the top of a module
 * is simulated too, and outside a simulation nothing has changed.
 */

type Callback = (...args: unknown[]) => void;

function setTimeoutDelegate(callback: Callback, ms?: number, ...args: unknown[]): unknown {
  if (running === undefined || typeof callback !== "function") return real.setTimeout(callback, ms, ...args);
  return running.startTimer(() => callback(...args), toDelay(ms), false);
}

function setIntervalDelegate(callback: Callback, ms?: number, ...args: unknown[]): unknown {
  if (running === undefined || typeof callback !== "function") return real.setInterval(callback, ms, ...args);
  return running.startTimer(() => callback(...args), toDelay(ms), true);
}

function setImmediateDelegate(callback: Callback, ...args: unknown[]): unknown {
  if (running === undefined || typeof callback !== "function") return real.setImmediate(callback, ...args);
  return running.startImmediate(() => callback(...args));
}

/** Node's own rule: whole milliseconds, at least 1, and 1 for whatever is not a sensible number. */
function toDelay(ms: unknown): number {
  const delay = Number(ms);
  return delay >= 1 && delay <= 2 ** 31 - 1 ? Math.trunc(delay) : 1;
}

function clearDelegate(clearReal: (timer: never) => void): (timer: unknown) => void {
  return (timer) => {
    if (typeof timer === "object" && timer !== null && timersOfSimulations.has(timer)) {
      (timer as SimulatedTimer).close();
      return;
    }
    const simulated = isNumeric(timer) ? running?.findTimer(Number(timer)) : undefined;
    if (simulated === undefined) clearReal(timer as never);
    else simulated.close();
  };
}

const isNumeric = (value: unknown) => typeof value === "number" || typeof value === "string";

// --- timers/promises -------------------------------------------------------------------------------------------------

interface WaitOptions {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

function wait<T>(
  start: (clock: Clock, done: () => void) => SimulatedTimer,
  value: T,
  options: WaitOptions = {},
) {
  const { signal, ref = true } = options;
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) return reject(abortError(signal));
    const timer = start(running as Clock, () => {
      signal?.removeEventListener("abort", cancel);
      resolve(value);
    });
    if (!ref) timer.unref();
    const cancel = () => {
      timer.close();
      reject(abortError(signal as AbortSignal));
    };
    signal?.addEventListener("abort", cancel, { once: true });
  });
}

function abortError(signal: AbortSignal): Error {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  return Object.assign(error, { name: "AbortError", code: "ABORT_ERR" });
}

function sleepDelegate(ms?: number, value?: unknown, options?: WaitOptions): Promise<unknown> {
  if (running === undefined || !isDelay(ms)) return real.timersPromises.setTimeout(ms, value, options);
  return wait((clock, done) => clock.startTimer(done, toDelay(ms), false), value, options);
}

/** `timers/promises` rejects any other, and does so in its own words. */
const isDelay = (ms: unknown) => ms === undefined || typeof ms === "number";

function sleepImmediateDelegate(value?: unknown, options?: WaitOptions): Promise<unknown> {
  if (running === undefined) return real.timersPromises.setImmediate(value, options);
  return wait((clock, done) => clock.startImmediate(done), value, options);
}

function everyDelegate(ms?: number, value?: unknown, options?: WaitOptions): AsyncIterator<unknown> {
  if (running === undefined) return real.timersPromises.setInterval(ms, value, options);
  return every(running, toDelay(ms), value, options);
}

/** Ticks that nobody has taken yet are counted and handed out later, as Node's own `setInterval` iterator does. */
async function* every(clock: Clock, ms: number, value: unknown, { signal, ref = true }: WaitOptions = {}) {
  let due = 0;
  let wake = () => {};
  const tick = () => {
    due += 1;
    wake();
  };
  const stop = () => {
    timer.close();
    wake();
  };
  if (signal?.aborted) throw abortError(signal);
  const timer = clock.startTimer(tick, ms, true);
  if (!ref) timer.unref();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      if (due === 0 && !signal?.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      for (; due > 0; due -= 1) yield value;
      if (signal?.aborted) throw abortError(signal);
    }
  } finally {
    timer.close();
    signal?.removeEventListener("abort", stop);
  }
}

function abortTimeoutDelegate(ms: number): AbortSignal {
  if (running === undefined || !isUint32(ms)) return real.abortTimeout.call(AbortSignal, ms);
  const controller = new AbortController();
  const giveUp = () =>
    controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  running.startTimer(giveUp, toDelay(ms), false).unref();
  return controller.signal;
}

const isUint32 = (value: unknown) => value === Number(value) >>> 0;

// --- clocks ----------------------------------------------------------------------------------------------------------

const dateNow = () => (running === undefined ? real.Date.now() : EPOCH_MS + Math.floor(running.time));

const DateDelegate = new Proxy(real.Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [dateNow()] : args, newTarget) as Date,
  apply: () => new real.Date(dateNow()).toString(),
  get: (target, key, receiver) => (key === "now" ? dateNow : Reflect.get(target, key, receiver)),
});

function hrtimeDelegate(since?: [number, number]): [number, number] {
  if (running === undefined) return real.hrtime(since);
  const [seconds, nanoseconds] = since ?? [0, 0];
  const elapsed = hrtimeBigint() - (BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
  return [Number(elapsed / 1_000_000_000n), Number(elapsed % 1_000_000_000n)];
}

/** So that `timeOrigin + now()` is the time of day. */
function simulateTimeOrigin(): void {
  const timeOrigin = performance.timeOrigin;
  Object.defineProperty(performance, "timeOrigin", {
    configurable: true,
    enumerable: true,
    get: () => (running === undefined ? timeOrigin : EPOCH_MS),
  });
}

const hrtimeBigint = () =>
  running === undefined ? real.hrtime.bigint() : BigInt(Math.round(running.time * 1_000_000));

const instant = () =>
  running === undefined ? real.temporal.instant() : Temporal.Instant.fromEpochMilliseconds(dateNow());

function temporalDelegates() {
  const zoned = (timeZone: Temporal.TimeZoneLike = real.temporal.timeZoneId()) =>
    instant().toZonedDateTimeISO(timeZone);
  return {
    instant,
    zonedDateTimeISO: zoned,
    plainDateTimeISO: (timeZone?: Temporal.TimeZoneLike) => zoned(timeZone).toPlainDateTime(),
    plainDateISO: (timeZone?: Temporal.TimeZoneLike) => zoned(timeZone).toPlainDate(),
    plainTimeISO: (timeZone?: Temporal.TimeZoneLike) => zoned(timeZone).toPlainTime(),
  };
}

// --- putting them in place -------------------------------------------------------------------------------------------

let installed = false;

/**
 * Replaces every clock and timer of this thread by one that asks for a running simulation first. Call it before the
 * code under test is loaded; calling it again does nothing.
 */
export function installDelegates(): void {
  if (installed) return;
  installed = true;

  const timerDelegates = {
    setTimeout: Object.assign(setTimeoutDelegate, { [promisify.custom]: sleepDelegate }),
    setInterval: setIntervalDelegate,
    setImmediate: Object.assign(setImmediateDelegate, { [promisify.custom]: sleepImmediateDelegate }),
    clearTimeout: clearDelegate(real.clearTimeout),
    clearInterval: clearDelegate(real.clearInterval),
    clearImmediate: clearDelegate(real.clearImmediate),
  };
  for (const [name, value] of Object.entries(timerDelegates))
    Object.defineProperty(value, "name", { value: name });
  Object.assign(globalThis, timerDelegates, { Date: DateDelegate });
  Object.defineProperty(real.Date.prototype, "constructor", { value: DateDelegate });
  Object.assign(timers, timerDelegates);
  Object.assign(timersPromises, {
    setTimeout: sleepDelegate,
    setImmediate: sleepImmediateDelegate,
    setInterval: everyDelegate,
  });
  Object.assign(timersPromises.scheduler, {
    wait: (ms: number, options?: WaitOptions) => sleepDelegate(ms, undefined, options),
    yield: () => sleepImmediateDelegate(),
  });

  AbortSignal.timeout = abortTimeoutDelegate;
  Math.random = () => (running === undefined ? real.random() : running.random());
  performance.now = () => (running === undefined ? real.performanceNow() : running.time);
  simulateTimeOrigin();
  process.hrtime = Object.assign(hrtimeDelegate, { bigint: hrtimeBigint });
  process.uptime = () => (running === undefined ? real.uptime() : running.time / 1000);
  Object.assign(Temporal.Now, temporalDelegates());

  syncBuiltinESMExports();
}
