import { type Cancellable, onAbort } from "./abort.ts";
import { checkChance, checkOptionalFunction, checkOptions, refusalOf, wrongKind } from "./arguments/check.ts";
import type { Channel } from "./channel.ts";
import { Exchange, type Received } from "./exchange.ts";
import { ReceiveCase, type SelectCase, type Selection, SendCase } from "./select/case.ts";

export type { SelectCase } from "./select/case.ts";

/** The cases of a `select` by name. One that is `undefined` is left out, as a nil channel is in Go. */
export type SelectCases = Readonly<Record<string, SelectCase<object> | undefined>>;

/** Which case happened, by its name in `case`, and for a receive what was `Received`. */
export type Selected<Cases extends SelectCases> = {
  [Name in keyof Cases]: NonNullable<Cases[Name]> extends SelectCase<infer Outcome>
    ? { readonly case: Name } & Outcome
    : never;
}[keyof Cases];

export interface SelectOptions extends Cancellable {
  /** Chooses among cases that are ready: a number of at least 0, below 1. `Math.random` by default. */
  readonly random?: (() => number) | undefined;
}

/** The case that a value, or the end, is received from `channel`. @throws {TypeError} If it is no `Channel`. */
export function receiveFrom<T>(channel: Channel<T>): SelectCase<Received<T>> {
  return new ReceiveCase(exchangeOf("receive", channel));
}

/** The case that `value` is sent to `channel`. @throws {TypeError} If it is no `Channel`. */
export function sendTo<T>(channel: Channel<T>, value: T): SelectCase<object> {
  return new SendCase(exchangeOf("send", channel), value);
}

function exchangeOf<T>(doing: string, channel: Channel<T>): Exchange<T> {
  const exchange: unknown = channel?.exchange; // Who writes JavaScript may have given anything.
  if (exchange instanceof Exchange) return exchange;
  throw wrongKind(`${doing} in a select`, "channel must be a Channel", channel);
}

/**
 * Waits until one of several sends and receives can happen, and does that one: Go's `select`.
 * For one channel prefer its own `send` and `receive` with a signal: they are faster.
 *
 * - Exactly one case happens. The others leave no trace: no value is taken, sent, or lost, even if many select from the
 *   same channels, or two face each other. (`Promise.race` of two receives loses the value of the slower one.)
 * - Among several cases that are ready each is as likely as the others, so that a busy channel starves none.
 * - Those who wait stand in line at every channel, first come, first served, together with plain sends and receives.
 * - A closed channel is ready: a receive has `done`, a send fails. To go on without a case, make it `undefined`.
 * - A timeout is a signal: `AbortSignal.timeout(ms)`, or one that you abort yourself. Not to wait at all: `trySelect`.
 *
 * O(cases). `Channel`'s turns of the event loop are kept.
 *
 * @throws {ChannelClosedError} If the case that happens is a send on a closed channel.
 * @throws The signal's `reason` if it aborts first; nothing has happened then.
 * @throws {RangeError} If there is no case, or `random` gives no number from 0 to 1.
 * @throws {TypeError} If a case was not made by `receiveFrom` or `sendTo`.
 *
 * @example
 * ```ts
 * const jobs = new Channel<string>(1);
 * const results = new Channel<number>(1);
 * await jobs.send("count the words");
 *
 * const chosen = await select({ job: receiveFrom(jobs), out: sendTo(results, 42) }, { random: () => 0.9 });
 * switch (chosen.case) {
 *   case "job":
 *     assert.equal(chosen.done ? "no more" : chosen.value, "count the words");
 *     break;
 *   case "out": // 42 has been sent
 *     break;
 * }
 * assert.deepEqual([jobs.size, results.size], [0, 0]); // the job was taken; 42 was not sent as well
 * ```
 */
export function select<const Cases extends SelectCases>(
  cases: Cases,
  options?: SelectOptions,
): Promise<Selected<Cases>>;
export function select(cases: SelectCases, options?: SelectOptions): Promise<object> {
  const refusal = refusalOf("select", options);
  if (refusal !== undefined) return Promise.reject(refusal.reason);
  try {
    const pick = pickReady(cases, options?.random);
    return pick === undefined ? waitForAny(cases, options?.signal) : pick.case.proceedInTime(pick.name);
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Does one of the cases that are ready now, or gives `undefined` if none is: Go's `select` with a `default`. Never waits.
 *
 * @throws {ChannelClosedError} If the case that happens is a send on a closed channel.
 * @throws {RangeError | TypeError} As `select`.
 *
 * @example
 * ```ts
 * const jobs = new Channel<string>();
 * assert.equal(trySelect({ job: receiveFrom(jobs) }), undefined);
 * ```
 */
export function trySelect<const Cases extends SelectCases>(
  cases: Cases,
  options?: Pick<SelectOptions, "random">,
): Selected<Cases> | undefined;
export function trySelect(cases: SelectCases, options?: Pick<SelectOptions, "random">): object | undefined {
  if (options !== undefined) checkOptions("select", options);
  const pick = pickReady(cases, options?.random);
  return pick?.case.proceed(pick.name);
}

/** Uniformly, in one pass: the k-th that is ready takes the place of the choice so far with probability 1 / k. */
function pickReady(cases: SelectCases, random: (() => number) | undefined) {
  if (typeof cases !== "object" || cases === null)
    throw wrongKind("select", "cases must be an object of cases", cases);
  checkOptionalFunction("select", "random", random);
  let pick: { readonly name: string; readonly case: SelectCase<object> } | undefined;
  let ready = 0;
  let count = 0;
  for (const name in cases) {
    const one = cases[name];
    if (one === undefined) continue;
    count += 1;
    const isReady: unknown = one?.isReady;
    if (isReady === false) continue;
    if (isReady !== true) throw wrongKind("select", `${name} must be made by receiveFrom or sendTo`, one);
    ready += 1;
    if (ready === 1 || chance(random) * ready < 1) pick = { name, case: one };
  }
  if (count === 0) throw new RangeError("Cannot select: there must be at least one case, got none");
  return pick;
}

function chance(random: (() => number) | undefined): number {
  if (random === undefined) return Math.random();
  const value = random();
  checkChance("select", value);
  return value;
}

function waitForAny(cases: SelectCases, signal: AbortSignal | undefined): Promise<object> {
  return new Promise((resolve, reject) => {
    const leave: (() => void)[] = [];
    const withdraw = () => {
      for (const one of leave) one();
    };
    const selection: Selection = { signal, resolve, reject, withdraw };
    for (const name in cases) {
      const one = cases[name];
      if (one !== undefined) leave.push(one.wait(name, selection));
    }
    const abort = () => {
      withdraw();
      reject(signal?.reason);
    };
    leave.push(onAbort(signal, abort));
  });
}
