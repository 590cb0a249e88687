/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which it takes effect. Earlier tests give it a value so roomy that nobody
 * notices. A turn is a turn of the event loop: one outside event (a timer, an answer, an abort) and all microtasks that
 * follow from it. Times are in milliseconds; how their fractions are rounded is left open. Left open as well, and no
 * test looks at it:
 *
 * - which of an answer, a deadline and an abort wins if they come in one millisecond
 * - what happens while the event loop is behind: the clock is past a deadline, and its timer has not fired yet
 * - which call of a request is begun first, and whether it begins within `handle` or some microtasks later
 * - a `call` that, before it has given its promise, aborts the client or calls `handle`; a listener on the client's
 *   signal that calls `handle`
 * - a list of services that its caller changes afterwards, and services with names such as `__proto__`
 */
export interface Lab {
  /** Calls nobody yet, and sets no timer. */
  createGateway(options: GatewayOptions): Gateway; // 1

  protect?(call: Call, options: BreakerOptions): Call; // challenge breaker
  coalesce?(call: Call, options: CoalescingOptions): Call; // challenge coalescing
  cache?(call: Call, options: CacheOptions): Call; // challenge cache
  retry?(call: Call, options: RetryOptions): Call; // challenge budget
  hedge?(call: Call, options: HedgeOptions): Call; // challenge hedging
  createRateLimit?(options: RateLimitOptions): RateLimit; // challenge rate
  balance?(replicas: readonly Call[], options: BalanceOptions): Call; // challenge balancing

  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

/** What is out of its range is a RangeError: given/check-options.ts sees to it, and the starter calls it. */
export interface GatewayOptions {
  /** The names of the services that there are. */
  readonly services: readonly string[]; // 1
  readonly call: Call; // 1
  /** How many calls may run at once, over all requests. A whole number from 1. */
  readonly callLimit: number; // 2
  /** How many requests may stand in the line for permits. A whole number from 1. */
  readonly waitLimit: number; // 2
  /**
   * How long a request may take. Its deadline is the moment in which `handle` is called plus this: the time in the line
   * counts. From 1 to 2,147,483,647.
   */
  readonly requestTimeoutMs: number; // 3
  /**
   * How long a call may take. Its deadline is the moment in which it begins plus this, or the deadline of its request if
   * that is earlier. From 1 to 2,147,483,647.
   */
  readonly callTimeoutMs: number; // 3
}

/**
 * Asks a service. It resolves to whatever the service answered, `undefined` included, or it rejects; throwing at once is
 * the same. It may ignore its signal: then it runs on, and nobody can stop it.
 */
export type Call = (service: string, options: CallOptions) => Promise<unknown>;

export interface CallOptions {
  /**
   * Aborts at `deadline`, with an error whose `name` is "TimeoutError", or when the client goes, with the client's
   * reason.
   */
  readonly signal: AbortSignal; // 1, but nothing aborts it before 3
  /** The deadline of the call, on the clock of `performance.now()`. It is passed on to the service. */
  readonly deadline: number; // 3
}

/**
 * Permits and the line (2):
 *
 * - A call holds one of `callLimit` permits from its beginning until it has settled, even if nobody waits for it any more.
 * - A request takes what is free when it comes. If it needs more, it stands in the line: once, whatever it still needs,
 *   until its last call has begun or the request is over.
 * - A permit that gets free goes, in the same turn, to the request at the front, for one call. If that one needs more, it
 *   goes to the end of the line. If it is over by then, the permit goes to the next, still in the same turn.
 * - Whoever comes new goes to the end, even in the turn in which a permit gets free.
 * - A request that would have to stand in the line while `waitLimit` stand there is a 503, and none of its calls begins.
 *   All this holds for requests that come in one turn, too.
 *
 * With 3 permits, when Ann needs 8 and then Bob needs 1:
 *
 * ```
 * Ann comes    A1 A2 A3 run    in line: Ann (5 more)
 * Bob comes    A1 A2 A3        Ann (5), Bob (1)
 * A1 ends      A2 A3 A4        Bob (1), Ann (4)
 * A2 ends      A3 A4 B1        Ann (4)
 * A3 ends      A4 B1 A5        Ann (3)
 * ```
 */
export interface Gateway {
  /**
   * Asks each of `services` once, and puts the answers together.
   *
   * It looks, in this order: has the client's signal aborted? Are `services` from 1 to 20 names, all known, none twice
   * (else 400)? Is there room in the line, if it must wait (else 503)? Only then does it call anybody.
   *
   * When its promise has settled, nothing of the request is left on the client's signal, and no timer.
   */
  handle(services: readonly string[], options: HandleOptions): Promise<Answer>; // 1
}

export interface HandleOptions {
  /**
   * Aborts when the client goes. Then, in the same turn: the signals of its calls that run abort with the identical
   * reason, `handle` rejects with it, and the request leaves the line, so that none of its other calls begins.
   *
   * It may be one that lives as long as the process. After the answer it means nothing.
   */
  readonly signal: AbortSignal; // 4
}

/**
 * Each call has a fate. It has succeeded or failed if it has settled before its deadline. At its deadline it is late,
 * whatever it gives or throws afterwards; so is one that has not begun by the deadline of its request, and that is never
 * called. As soon as each call has its fate the answer leaves:
 *
 * - some succeeded: 200
 * - none succeeded, all failed: 502
 * - none succeeded, and at least one was late: 504
 */
export type Answer = Combined | Refused;

export interface Combined {
  readonly status: 200;
  /** A plain object. What each service that succeeded has answered, the very value, under its name. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The others, in the order of the request. */
  readonly warnings: readonly Warning[];
}

export interface Warning {
  readonly service: string;
  readonly reason: "failed" | "late"; // late: 3
}

export interface Refused {
  readonly status: 400 | 502 | 503 | 504;
  /** A few words for a person; which ones is left open. */
  readonly title: string;
  /** With a 503 only: when to come back. A whole number from 1; which one is left open. */
  readonly retryAfterSeconds?: number | undefined; // 2
}

// Challenges: not needed for the core
//
// All but `createRateLimit` give a `Call`, which may be handed to a gateway, or to the next of them. What is said of calls
// above holds for it, and two things more. It begins nothing once its signal has aborted. And it settles only when nothing
// that it has begun runs any more, because then its permit comes back. Where it is otherwise, it is said.
//
// With which error a call fails is left open, unless it is said; so are options that are out of their range.

/**
 * A call that rejects has failed, also if it was late before (its signal has aborted with a TimeoutError). If its signal
 * has aborted with anything else before, it says nothing about the service, as one that was refused. What counts a call
 * that succeeds after its abort, or that began before the state has changed, is left open.
 */
export interface BreakerOptions {
  /** How many calls of one service may run at once. A call that has settled runs no more. A whole number from 1. */
  readonly limitPerService: number;
  /** After so many calls of one service that failed in a row, it is left alone. A whole number from 1. */
  readonly failuresInARow: number;
  /**
   * For how long. Then one call is let through: it is tried. If it fails, the time begins anew; if it succeeds, the row
   * is empty again, and all calls are let through.
   */
  readonly coolDownMs: number;
}

/**
 * The shared call has a signal and a deadline of its own: its beginning plus `callTimeoutMs`. The signal aborts then, with
 * a TimeoutError, and when the last one who asked has left. From that moment on nobody joins it; who waits goes on
 * waiting until it has settled.
 *
 * Who leaves (its signal aborts) rejects in the same turn with its reason. Only the last one who asked, when it leaves,
 * settles when the shared call has.
 */
export interface CoalescingOptions {
  readonly callTimeoutMs: number;
}

/**
 * A value is kept under the name of its service. Its age counts from when it was given.
 *
 * Several who come when there is no value, or one that is older than `ttlMs`, may each call the service: put `coalesce`
 * within to make it one call. Once its signal has aborted a call gives no old value; whether a value that comes
 * afterwards is kept is left open.
 */
export interface CacheOptions {
  /** How many values are kept. A whole number from 1. */
  readonly limit: number;
  /** Up to which age a value is given without a call. */
  readonly ttlMs: number;
  /** From which age on one who asks calls the service all the same, and the others do not. At most `ttlMs`. */
  readonly refreshAfterMs: number;
  /** For how long after `ttlMs` a value is given if the call fails. It does not get any younger by that. */
  readonly staleIfErrorMs: number;
}

/**
 * A call that fails is made once more, if there is a retry in the budget. The budget is one for all services. It begins
 * empty; each call that comes earns a `callsPerRetry`-th of a retry, before it is made, and a retry earns nothing.
 */
export interface RetryOptions {
  /** A whole number from 1; with 10, retries are a tenth more calls. */
  readonly callsPerRetry: number;
  /** How many whole retries are saved for later. What is earned beyond is lost. A whole number from 1. */
  readonly retriesSaved: number;
}

/**
 * A call that has not settled after `afterMs` is made a second time, if there is a hedge in the budget, which is as that
 * of `RetryOptions`, and a place.
 *
 * The call settles with the first success, even if the other of the two runs on, or when both have failed. So two may run
 * with one permit. Such a pair has one of `hedgeLimit` places, from the beginning of the second until both have settled.
 */
export interface HedgeOptions {
  readonly afterMs: number;
  readonly callsPerHedge: number;
  readonly hedgesSaved: number;
  /** How many pairs there may be at a time. A whole number from 1. At most `callLimit` + `hedgeLimit` calls run. */
  readonly hedgeLimit: number;
}

/** Each key may make `quota` requests in `windowSeconds`: a bucket that is full at first, and filled again evenly. */
export interface RateLimitOptions {
  /** A whole number from 1. */
  readonly quota: number;
  /** A whole number from 1. */
  readonly windowSeconds: number;
}

export interface RateLimit {
  /** Takes one request from the quota of `key`, if there is one. Never waits, and sets no timer. */
  take(key: string): RateDecision;
  /** How many keys it remembers. */
  readonly keys: number;
}

/** Seconds are rounded up to whole ones. */
export interface RateDecision {
  readonly allowed: boolean;
  readonly headers: {
    /** `"default";q=100;w=60`: the quota, and its window in seconds. */
    readonly "RateLimit-Policy": string;
    /** `"default";r=50;t=30`: how many whole requests are left after this one, and in how many seconds all will be. */
    readonly RateLimit: string;
    /** If it was refused: after how many seconds one request is allowed. */
    readonly "Retry-After"?: string | undefined;
  };
}

/** What is a failure is said at `BreakerOptions`. A call runs until it has settled. */
export interface BalanceOptions {
  /** After so many failures in a row a replica is ill. A whole number from 1. */
  readonly failuresInARow: number;
  /**
   * For how long an ill replica is left alone. Then it takes part again, with one call at a time, which tries it: if that
   * fails, the time begins anew; if it succeeds, the replica is well; if its client goes, another call may try.
   */
  readonly restMs: number;
}

export type Challenge = "breaker" | "coalescing" | "cache" | "budget" | "hedging" | "rate" | "balancing";
