import { type Cancellable, onAbort } from "./abort.ts";
import type { Channel } from "./channel.ts";
import { type Exchange, end, type Received } from "./exchange.ts";

/** One of the things that a `select` may do. Made by `receiveFrom` and `sendTo`; can be used any number of times. */
export interface SelectCase<Outcome extends object> {
  /** @internal */ readonly isReady: boolean;
  /** @internal */ proceed(name: string): Outcome & { readonly case: string };
  /** @internal Stands in line, until the function that this returns is called. */
  wait(name: string, selection: Selection): () => void;
  /** @internal The same, as `Exchange.inTime` gives it. */ proceedInTime(name: string): Promise<object>;
}

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

/** The case that a value, or the end, is received from `channel`. */
export function receiveFrom<T>(channel: Channel<T>): SelectCase<Received<T>> {
  return new ReceiveCase(channel.exchange);
}

/** The case that `value` is sent to `channel`. */
export function sendTo<T>(channel: Channel<T>, value: T): SelectCase<object> {
  return new SendCase(channel.exchange, value);
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
 * @throws {RangeError} If there is no case.
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
export function select(
  cases: SelectCases,
  { signal, random = Math.random }: SelectOptions = {},
): Promise<object> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  try {
    const pick = pickReady(cases, random);
    return pick === undefined ? waitForAny(cases, signal) : pick.case.proceedInTime(pick.name);
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Does one of the cases that are ready now, or gives `undefined` if none is: Go's `select` with a `default`. Never waits.
 *
 * @throws {ChannelClosedError} If the case that happens is a send on a closed channel.
 * @throws {RangeError} If there is no case.
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
export function trySelect(
  cases: SelectCases,
  { random = Math.random }: Pick<SelectOptions, "random"> = {},
): object | undefined {
  const pick = pickReady(cases, random);
  return pick?.case.proceed(pick.name);
}

/** Uniformly, in one pass: the k-th that is ready takes the place of the choice so far with probability 1 / k. */
function pickReady(cases: SelectCases, random: () => number) {
  let pick: { readonly name: string; readonly case: SelectCase<object> } | undefined;
  let ready = 0;
  let count = 0;
  for (const name in cases) {
    const one = cases[name];
    if (one === undefined) continue;
    count += 1;
    if (!one.isReady) continue;
    ready += 1;
    if (ready === 1 || random() * ready < 1) pick = { name, case: one };
  }
  if (count === 0) throw new RangeError("Cannot select: there must be at least one case, got none");
  return pick;
}

/** What the cases of one waiting `select` share. */
interface Selection {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outcome: object) => void;
  readonly reject: (reason: unknown) => void;
  /** Leaves every line. Called within the exchange that serves one of the cases, so no other can serve a second. */
  readonly withdraw: () => void;
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

class ReceiveCase<T> implements SelectCase<Received<T>> {
  readonly exchange: Exchange<T>;

  constructor(exchange: Exchange<T>) {
    this.exchange = exchange;
  }

  get isReady(): boolean {
    return this.exchange.canTake;
  }

  proceed(name: string): Received<T> & { readonly case: string } {
    return outcomeOf(name, this.exchange.take() as Received<T>);
  }

  proceedInTime(name: string): Promise<object> {
    if (!this.exchange.hasValue) return this.exchange.inTime({ case: name, ...end });
    const value = this.exchange.takeValue();
    return this.exchange.inTime({ case: name, done: false, value });
  }

  wait(name: string, { signal, resolve, withdraw }: Selection): () => void {
    const { receivers } = this.exchange;
    const receive = (received: Received<T>) => resolve(outcomeOf(name, received));
    const place = receivers.push({ signal, withdraw, resolve: receive, owner: undefined });
    return () => receivers.remove(place);
  }
}

class SendCase<T> implements SelectCase<object> {
  readonly exchange: Exchange<T>;
  readonly #value: T;

  constructor(exchange: Exchange<T>, value: T) {
    this.exchange = exchange;
    this.#value = value;
  }

  get isReady(): boolean {
    return this.exchange.canOffer;
  }

  proceed(name: string): { readonly case: string } {
    this.exchange.offer(this.#value);
    return { case: name };
  }

  proceedInTime(name: string): Promise<object> {
    return this.exchange.inTime(this.proceed(name));
  }

  wait(name: string, { signal, resolve, reject, withdraw }: Selection): () => void {
    const { senders } = this.exchange;
    const sent = () => resolve({ case: name });
    const place = senders.push({ signal, withdraw, value: this.#value, resolve: sent, reject });
    return () => senders.remove(place);
  }
}

function outcomeOf<T>(name: string, { done, value }: Received<T>): Received<T> & { readonly case: string } {
  return { case: name, done, value } as Received<T> & { readonly case: string };
}
