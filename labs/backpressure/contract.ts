import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it. Before that step no test touches it: leave it as it is
 * in the starter. Times are in milliseconds. The tests run in simulated time; every clock and timer of Node follows it,
 * and `performance.now` is the one that nobody can set back.
 *
 * "A whole number" is finite. Left open: numbers beyond 2^53 - 1, and whether Infinity is "greater than 0".
 */
export interface Lab {
  createBuffer<T>(options: BufferOptions<T>): EventBuffer<T>; // 1, its policies: 2
  createAdmission(options: AdmissionOptions): AdmissionControl; // 3
  createBulkhead(options: BulkheadOptions): Bulkhead; // 4

  pace?<T>(events: AsyncIterable<T>, options: PaceOptions): AsyncIterable<T>; // challenge pace
  createLatest?<K, V>(options: LatestOptions): LatestBuffer<K, V>; // challenge latest
  createAdaptiveLimit?(options: AdaptiveLimitOptions): AdaptiveLimit; // challenge adaptive
  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

// The buffer

/**
 * What happens to an event that is offered while the buffer is full.
 *
 * - `block`: its producer waits, and with it whoever feeds the producer.
 * - `drop-newest`: the event itself is dropped; what is older stays.
 * - `drop-oldest`: the event that has been buffered longest is dropped; the new one takes a place at the end.
 * - `refuse`: the producer is told, by a BufferFullError, and may do something else.
 */
export type Policy = "block" | "drop-newest" | "drop-oldest" | "refuse";

export interface BufferOptions<T> {
  /** How many events may be buffered. A whole number from 1. */
  readonly limit: number; // 1
  /** Default `block`. */
  readonly policy?: Policy | undefined; // 2
  /**
   * Called with each dropped event, within the `offer` that drops it, as its last act: `counts` has it already. It may
   * offer again: that is an offer like any other. If it throws, the `offer` that called it rejects with what it threw,
   * and nothing else is different: with `drop-oldest` that offer's own event is in the buffer. A promise that it gives is
   * not looked at.
   */
  readonly onDrop?: ((event: T) => void) | undefined; // 2
}

export interface OfferOptions {
  /** Gives up the wait for a place. Looked at first. */
  readonly signal?: AbortSignal | undefined; // 1
}

/**
 * Events on their way from producers to consumers. A `for await` loop consumes it; of several loops each event goes to
 * one. An event may be any value, `undefined` too; what becomes of one that is a promise is left open.
 *
 * Whatever a call decides, it decides before it returns: by the time `offer` or `next` has returned its promise, the
 * event has been handed over, buffered, dropped, refused or put in line.
 */
export interface EventBuffer<T> extends AsyncIterable<T> {
  /**
   * Hands an event to the consumer that has waited longest; while none waits, buffers it; and while the buffer is full,
   * does what the policy says. Resolves when the event was handed over, buffered or dropped (of a loss only `onDrop` and
   * `counts` tell). Only with `block` does it ever wait, first come, first served: as a place gets free, the event of the
   * first that waits takes it in the same instant, without a gap for anybody else.
   *
   * @param options.signal Ends the wait: `offer` rejects with its `reason`, and the event is never delivered. With a
   *   signal that has already aborted nothing is accepted, even when there is room. Who waits is gone from the instant of
   *   the abort on: another listener of the same signal may come before yours, and there take an event, or close the
   *   buffer. It has no say over an event once that is accepted.
   * @throws BufferFullError With the policy `refuse`, while the buffer is full. // 2
   * @throws BufferClosedError Once the buffer is closed, for those who wait at that moment, too.
   */
  offer(event: T, options?: OfferOptions): Promise<void>; // 1

  /**
   * Events in the order in which they were offered, until the buffer is closed and empty; then the loop ends. Whoever
   * asks first is served first. Leaving a loop (`break`) leaves everything else as it is: what is still buffered goes
   * to the other loops, or to the next one.
   *
   * By hand: ask one iterator for its next event when it has given you the last one. What `return` does while a `next`
   * still waits is left open.
   */
  [Symbol.asyncIterator](): AsyncIterator<T>; // 1

  /** No event is accepted from now on. What is buffered is still delivered. Calling it again is harmless. */
  close(): void; // 1

  /** What has become of every event that was ever offered. A copy: it does not change later. */
  counts(): Counts; // 2
}

/** At every instant: offered = delivered + dropped + refused + cancelled + buffered + waiting. */
export interface Counts {
  /** Calls of `offer`. */
  readonly offered: number;
  /** Handed to a consumer. */
  readonly delivered: number;
  /** Lost by `drop-newest` or `drop-oldest`. */
  readonly dropped: number;
  /** `offer` rejected with a BufferFullError or a BufferClosedError. */
  readonly refused: number;
  /** `offer` rejected with the reason of its signal. */
  readonly cancelled: number;
  /** In the buffer just now. */
  readonly buffered: number;
  /** Events whose producers wait for a place just now. */
  readonly waiting: number;
}

// Admission

export type Priority = "high" | "normal";

export interface AdmissionOptions {
  /** How many requests may be in flight at once. A whole number from 1. */
  readonly limit: number; // 3
  /** So many of these places are given to `high` only. A whole number from 0, smaller than `limit`; else this is named. */
  readonly keptForHigh: number; // 3
  /** The longest Retry-After that is ever told, in seconds. A whole number from 1. Default 1. */
  readonly maxRetryAfterSeconds?: number | undefined; // 3
  /** Gives numbers from 0 up to but not including 1, and never throws. Called once a refusal. Default `Math.random`. */
  readonly random?: (() => number) | undefined; // 3
}

/** What `enter` says: come in, and tell me when you leave; or come back later. */
export type Admission =
  | {
      readonly admitted: true;
      /** Gives the place back; called again, it does nothing. It needs no `this`: `const { leave } = admission` works. */
      leave(): void;
    }
  | { readonly admitted: false; readonly status: 429 | 503; readonly retryAfterSeconds: number };

export interface AdmissionControl {
  /**
   * Decides at once, without a promise. `normal` is admitted while fewer than `limit - keptForHigh` requests are in
   * flight, of both priorities together; `high` while fewer than `limit` are.
   *
   * A refusal says 503 when all `limit` places are taken (the service has no room for anybody), and 429 when there are
   * free places but only for `high` (you are one too many of your kind). `retryAfterSeconds` is
   * `1 + Math.floor(random() * maxRetryAfterSeconds)`, so that not all who are refused now come back at once.
   */
  enter(priority: Priority): Admission; // 3

  /** How many requests are in flight. */
  readonly inFlight: number; // 3

  /**
   * Wraps a handler, for `http.createServer`. The header `x-priority: high` makes a request `high`; without it, or with
   * any other value (`High`, a list), it is `normal`.
   *
   * Refused: `response.writeHead(status, { "Retry-After": seconds })`, the seconds as text, and `response.end()` are
   * called before this call returns; the handler is not called, and the promise resolves.
   *
   * Admitted: the handler is called before this call returns. The place is given back when it has ended, by returning,
   * resolving, throwing or rejecting, and not before: work goes on taking capacity even if nobody waits for its answer
   * any more. Then the promise settles, with the handler's error if it has failed: catch it, for `createServer` does not
   * look at it, and a rejection that nobody handles ends the process. If the handler returns at once, whether the place
   * is free again when this call returns, or some microtasks later, is left open.
   *
   * Without other types, request and response are those of `node:http`.
   */
  guard<Q extends HttpRequest = IncomingMessage, S extends HttpResponse = ServerResponse>(
    handle: Handler<Q, S>,
  ): (request: Q, response: S) => Promise<void>; // 3
}

export type Handler<Q extends HttpRequest, S extends HttpResponse> = (
  request: Q,
  response: S,
  context: HandlerContext,
) => void | PromiseLike<void>;

export interface HandlerContext {
  /**
   * Aborts, with a ClientGoneError, when the client leaves while the handler runs, whether anybody has read this by then
   * or not: when the response emits "close" and its `writableFinished` is false. A response that was sent completely
   * emits "close" as well, and is no such case. One that was closed before `guard` saw it is not looked for.
   */
  readonly signal: AbortSignal;
}

/** What `guard` needs of a request. An `IncomingMessage` of `node:http` is one. */
export interface HttpRequest {
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

/** What `guard` needs of a response. A `ServerResponse` of `node:http` is one. */
export interface HttpResponse {
  /** Whether the answer was sent completely. */
  readonly writableFinished: boolean;
  writeHead(status: number, headers: { [name: string]: string }): unknown;
  end(): unknown;
  /** Emitted once, when the answer was sent or the connection has gone, whichever comes first. */
  on(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
}

// Bulkhead

export interface BulkheadOptions {
  /** How many works of one key may run at once. A whole number from 1. */
  readonly limitPerKey: number; // 4
  /** How many of one key may wait behind them. A whole number from 0. */
  readonly waitingPerKey: number; // 4
  /**
   * How long each of them waits at most. From 0, which is the next turn of the timers, to 2,147,483,647: given more,
   * `setTimeout` fires at once. Default: for ever.
   */
  readonly waitLimitMs?: number | undefined; // 4
}

export type Work<R> = (context: { readonly signal: AbortSignal }) => R | PromiseLike<R>;

export interface RunOptions {
  readonly signal?: AbortSignal | undefined; // 4
}

export interface Bulkhead {
  /**
   * Runs `work` among those of its key, and settles as it does. If fewer than `limitPerKey` of the key run, it is called
   * before `run` returns; otherwise it waits, first come, first served, and a place that gets free goes to the first that
   * waits, without a gap for anybody else. Left open: whether its work is then called in that very instant or some
   * microtasks later, and who wins when the place comes in the millisecond in which its time is up. Other keys are other
   * bulkheads: they notice nothing.
   *
   * @param options.signal While it waits: `run` rejects with its `reason`, and `work` is never called. While it runs: the
   *   signal of `work` aborts with the same reason; the place is given back when `work` has ended, and `run` settles as
   *   `work` does. Looked at first, and again when a place was granted: `work` is never called once it has aborted.
   * @throws BulkheadFullError At once, when `limitPerKey` run and `waitingPerKey` wait.
   * @throws TimeoutError When it has waited for `waitLimitMs`. `work` is never called.
   */
  run<R>(key: string, work: Work<R>, options?: RunOptions): Promise<R>; // 4

  /** For each key that has works running or waiting just now, how many. Other keys are not in it. A copy. */
  load(): ReadonlyMap<string, { readonly running: number; readonly waiting: number }>; // 4
}

// Challenges: not needed for the core

export interface PaceOptions {
  /** How many events may be passed on per second. Greater than 0; 0.5 is fine. */
  readonly perSecond: number;
  /**
   * Ends the wait for a turn: the iteration rejects with its `reason`, also before the first event, and the source is
   * closed. While it is the source that is waited for, nothing here listens: who made it may give it the same signal.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface LatestOptions {
  /** How many keys may have a value waiting. A whole number from 1. */
  readonly limit: number;
}

/**
 * Keeps for each key only the latest value: for prices, positions, states, of which nobody needs yesterday's. A loop
 * over it gives pairs of key and value, until it is closed and empty. One loop at a time.
 */
export interface LatestBuffer<K, V> extends AsyncIterable<readonly [key: K, value: V]> {
  /**
   * Keeps `value`, in place of the one that waits under `key`, if there is one: the key keeps its place in line.
   * Otherwise the key joins the end of the line. Never waits. Keys are equal as in a `Map`.
   *
   * @throws BufferFullError If `limit` other keys wait already.
   * @throws BufferClosedError Once it is closed.
   */
  put(key: K, value: V): void;
  /** No value is accepted from now on. What waits is still delivered. */
  close(): void;
  /** At every instant: put = delivered + replaced + refused + waiting. */
  counts(): LatestCounts;
}

export interface LatestCounts {
  /** Calls of `put`. */
  readonly put: number;
  readonly delivered: number;
  /** Values that gave way to a later one of their key. */
  readonly replaced: number;
  /** `put` threw. */
  readonly refused: number;
  readonly waiting: number;
}

export interface AdaptiveLimitOptions {
  /** The 99th percentile of latency that is to be kept. Greater than 0. */
  readonly targetMs: number;
  /** Latencies count for so long after they were measured. Greater than 0. */
  readonly windowMs: number;
  /** The limit is never below. A whole number from 1. Default 1. */
  readonly minLimit?: number | undefined;
  /** The limit is never above, and begins there. A whole number, at least `minLimit`; if it is not, this one is named. */
  readonly maxLimit: number;
}

/** Admission whose limit follows what it measures: lower when requests are slower than the target, higher when not. */
export interface AdaptiveLimit {
  /**
   * As `AdmissionControl.enter`, without priorities: when the limit falls, nobody is thrown out. From here to `leave` is
   * the latency. A refusal is a 503 with 1 s.
   */
  enter(): Admission;
  /** How many may be in flight just now. A whole number from `minLimit` to `maxLimit`. */
  readonly limit: number;
  /**
   * Of the latencies of those that left during the last `windowMs`, the 99th percentile by nearest rank: of n in
   * ascending order the ⌈0.99 n⌉-th. `undefined` when there are none. Whether the edge of the window counts is left open.
   */
  readonly p99Ms: number | undefined;
}

/*
 * Errors, known by their `name`:
 *
 *   BufferFullError    from offer, with the policy "refuse", and from put; its `limit` is the buffer's
 *   BufferClosedError  from offer and put, once closed
 *   ClientGoneError    the reason of a handler's signal when the client has left
 *   BulkheadFullError  from run; its `key` is the key
 *   TimeoutError       from run, when the wait was too long
 *   RangeError         from the functions that create things, for an option out of its range; the message has the name
 *                      of the option in it, and the value as `String(value)` writes it, in quotes or not
 */

export type Challenge = "pace" | "latest" | "adaptive";
