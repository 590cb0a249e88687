/**
 * What the primitives are given is looked at here, so that all of them refuse alike: "Cannot create Semaphore: limit
 * must be a whole number from 1, got "2"". A rule about numbers that is broken is a `RangeError`, be it by a text; what is
 * not the kind of thing that is needed, such as a function or a signal, is a `TypeError`.
 *
 * `doing` completes the sentence that begins with "Cannot". Each check is a comparison or two, small enough that V8
 * inlines it; the message is made elsewhere, when there is something to say.
 */
import type { Cancellable } from "../abort.ts";
import { show } from "./show.ts";

export function outOfRange(doing: string, rule: string, value: unknown): RangeError {
  return new RangeError(`Cannot ${doing}: ${rule}, got ${show(value)}`);
}

export function wrongKind(doing: string, rule: string, value: unknown): TypeError {
  return new TypeError(`Cannot ${doing}: ${rule}, got ${show(value)}`);
}

export function checkCount(doing: string, name: string, value: unknown): void {
  if (!isCount(value))
    throw outOfRange(doing, `${name} must be a whole number from 1${exactness(value)}`, value);
}

export function checkCountOrInfinity(doing: string, name: string, value: unknown): void {
  if (value !== Infinity && !isCount(value))
    throw outOfRange(doing, `${name} must be a whole number from 1${exactness(value)} or Infinity`, value);
}

export function checkWhole(doing: string, name: string, value: unknown): void {
  if (!isWhole(value))
    throw outOfRange(doing, `${name} must be a whole number from 0${exactness(value)}`, value);
}

export function checkWholeOrInfinity(doing: string, name: string, value: unknown): void {
  if (value !== Infinity && !isWhole(value))
    throw outOfRange(doing, `${name} must be a whole number from 0${exactness(value)}, or Infinity`, value);
}

/** What is numbered in an `Int32Array`. */
export function checkSlotCount(doing: string, name: string, value: unknown): void {
  if (!isCount(value) || (value as number) >= 2 ** 31)
    throw outOfRange(doing, `${name} must be a whole number from 1 below 2^31`, value);
}

/** A moment may lie in the past, so that what is left until then may be negative. */
export function checkAnyMs(doing: string, name: string, value: unknown): void {
  if (typeof value !== "number" || Number.isNaN(value))
    throw outOfRange(doing, `${name} must be a number of milliseconds`, value);
}

export function checkMs(doing: string, name: string, value: unknown): void {
  if (typeof value !== "number" || !(value >= 0))
    throw outOfRange(doing, `${name} must be a number of milliseconds, at least 0`, value);
}

export function checkPositiveMs(doing: string, name: string, value: unknown): void {
  if (typeof value !== "number" || !(value > 0))
    throw outOfRange(doing, `${name} must be a positive number of milliseconds`, value);
}

/** What a caller's own `random` has given. 1 does no harm, and is what a test gives that wants the most. */
export function checkChance(doing: string, value: unknown): void {
  if (typeof value !== "number" || !(value >= 0 && value <= 1))
    throw outOfRange(doing, "random must give a number from 0 to 1", value);
}

export function checkFunction(doing: string, name: string, value: unknown): void {
  if (typeof value !== "function") throw wrongKind(doing, `${name} must be a function`, value);
}

export function checkOptionalFunction(doing: string, name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function")
    throw wrongKind(doing, `${name} must be a function, if given`, value);
}

export function checkAsyncIterable(doing: string, name: string, value: unknown): void {
  if (!isAsyncIterable(value)) throw wrongKind(doing, `${name} must be an async iterable`, value);
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === "function";
}

/** Of any kind, a text as well. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] === "function";
}

/** Options without a signal among them, or whose signal is checked on its own. */
export function checkOptions(doing: string, options: unknown, name = "options"): void {
  const fault = faultOf(doing, options, name);
  if (fault !== undefined) throw fault;
}

export function checkSignal(doing: string, name: string, value: unknown): void {
  if (!(value instanceof Signal) && !isSignal(value))
    throw wrongKind(doing, `${name} must be an AbortSignal`, value);
}

/** A list in which a signal may be missing. */
export function checkSignals(doing: string, signals: unknown): void {
  if (!Array.isArray(signals)) throw wrongKind(doing, "signals must be an Array of them", signals);
  for (const signal of signals) if (signal !== undefined) checkSignal(doing, "each of signals", signal);
}

/** The signal among `options`, both of which may be left out. Whether it has aborted is not looked at. */
export function signalIn(doing: string, options: Cancellable | undefined): AbortSignal | undefined {
  if (options === undefined) return undefined;
  checkOptions(doing, options);
  const { signal } = options;
  if (signal !== undefined) checkSignal(doing, "signal", signal);
  return signal;
}

/**
 * Why a promise must be rejected before anything has begun: that `options` are none, that the signal among them is none,
 * or that it has aborted. `undefined` if nothing is in the way.
 */
export function refusalOf(doing: string, options: Cancellable | undefined): Refusal | undefined {
  if (options === undefined) return undefined;
  const signal = options?.signal; // Who writes JavaScript may have given `null`.
  if (signal instanceof Signal) return signal.aborted ? signal : undefined;
  return refusalOfOther(doing, options);
}

/** The same for what runs a `task`. */
export function refusalToRun(
  doing: string,
  task: unknown,
  options: Cancellable | undefined,
  name = "task",
): Refusal | undefined {
  if (typeof task === "function") return refusalOf(doing, options);
  return { reason: wrongKind(doing, `${name} must be a function`, task) };
}

export interface Refusal {
  readonly reason: unknown;
}

function refusalOfOther(doing: string, options: Cancellable): Refusal | undefined {
  try {
    const signal = signalIn(doing, options);
    return signal?.aborted ? signal : undefined;
  } catch (reason) {
    return { reason };
  }
}

/** Looked up once: in Node it is a getter, which would cost as much as a whole lock. */
const Signal = AbortSignal;

/** What is easily given in the place of options would be ignored in silence: a signal, a list, what was not awaited. */
function faultOf(doing: string, options: unknown, name: string): TypeError | undefined {
  const isObject = typeof options === "object" && options !== null;
  if (isObject && Object.getPrototypeOf(options) === Object.prototype) return undefined; // A literal, as nearly all are.
  if (isSignal(options))
    return wrongKind(doing, `${name} must be an object with the signal in it: { signal }`, options);
  if (isObject && !isIterable(options) && !isAsyncIterable(options) && !isThenable(options)) return undefined;
  return wrongKind(doing, `${name} must be an object of options`, options);
}

/** By what it can do as well: a signal may come from another realm, as in a frame or a test runner. */
function isSignal(value: unknown): value is AbortSignal {
  if (value instanceof Signal) return true;
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}

function isThenable(value: object): boolean {
  return typeof (value as Partial<PromiseLike<unknown>>).then === "function";
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/** Larger ones cannot be counted with one by one: two that follow each other may be the same number. */
function exactness(value: unknown): string {
  return Number.isInteger(value) && (value as number) > Number.MAX_SAFE_INTEGER ? " (at most 2^53 - 1)" : "";
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
