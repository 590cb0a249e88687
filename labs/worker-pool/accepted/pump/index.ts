/** The pool as one closure around a pump that begins whatever can begin; places, callers and retries are plain lists. */

import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import { startTimer } from "@pattern-labs/primitives/timer";
import type { Job, JobContext, Lab, Pool, PoolOptions, RunningJob, Ticket } from "../../contract.ts";

const longestMs = 2 ** 31 - 1;

export class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";
}

export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/** An accepted job. It is in exactly one place: `queue`, `resting` or, as an attempt, `running`. */
interface Entry {
  readonly id: number;
  readonly job: Job<unknown>;
  readonly settled: PromiseWithResolvers<unknown>;
  attempts: number;
}

interface Attempt {
  readonly entry: Entry;
  readonly controller: AbortController;
  readonly worker: number;
  readonly since: number;
  over: boolean;
  stopLimit: () => void;
}

interface Caller {
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
}

export function createPool(options: PoolOptions): Pool {
  const { workers, queueLimit, retries = 0, baseDelayMs = 100, maxDelayMs = 30_000, timeLimitMs } = options;
  const { random = Math.random, isPermanent = () => false, ratePerSecond = Infinity, burst = 1 } = options;
  checkWhole("workers", workers, 1);
  checkWhole("queueLimit", queueLimit, 1);
  checkWhole("retries", retries, 0);
  checkTime("baseDelayMs", baseDelayMs);
  checkTime("maxDelayMs", maxDelayMs);
  if (timeLimitMs !== undefined) checkTime("timeLimitMs", timeLimitMs);
  if (options.ratePerSecond !== undefined) checkRate("ratePerSecond", options.ratePerSecond);
  checkWhole("burst", burst, 1);

  const createdAt = performance.now();
  const callers = new LinkedList<Caller>();
  const queue = new LinkedList<Entry>();
  const resting = new Map<Entry, () => void>();
  const running = new Set<Attempt>();
  const idle = Array.from({ length: workers }, (_, index) => workers - 1 - index);
  const bucket = new Bucket(ratePerSecond, burst);

  const ended = Promise.withResolvers<void>();
  const deadlines = new Set<() => void>();
  let closed = false;
  let finished = false;
  let aborted: { readonly reason: unknown; readonly neverBegun: readonly number[] } | undefined;

  let accepted = 0;
  let succeeded = 0;
  let failed = 0;
  let cancelled = 0;
  let retried = 0;
  let busyMs = 0;

  let pumping = false;
  let stopTurn: (() => void) | undefined;

  // --- Accepting -----------------------------------------------------------------------------------------------------

  function hasRoom(): boolean {
    return queue.size + resting.size < queueLimit;
  }

  function accept<R>(job: Job<R>): Ticket<R> {
    const settled = Promise.withResolvers<unknown>();
    settled.promise.catch(nothing);
    accepted += 1;
    const entry: Entry = { id: accepted, job, settled, attempts: 0 };
    queue.push(entry);
    return { id: entry.id, result: settled.promise as Promise<R> };
  }

  function admit(): void {
    while (callers.size > 0 && hasRoom()) callers.shift()?.admit();
  }

  function submit<R>(
    job: Job<R>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Ticket<R>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (closed) return Promise.reject(refusal());
    if (callers.size === 0 && hasRoom()) {
      const ticket = accept(job);
      pump();
      return Promise.resolve(ticket);
    }
    return new Promise((resolve, reject) => {
      const place = callers.push({
        admit: () => {
          withdraw();
          resolve(accept(job));
        },
        refuse: (error) => {
          withdraw();
          reject(error);
        },
      });
      const withdraw = onAbort(signal, () => {
        callers.remove(place);
        reject(signal?.reason);
      });
    });
  }

  // --- Running -------------------------------------------------------------------------------------------------------

  /** Begins what can begin: each attempt needs an idle worker and a token, and takes both at once. */
  function pump(): void {
    if (pumping) return; // The loop below sees what a job submits as it begins.
    pumping = true;
    while (queue.size > 0 && idle.length > 0) {
      const waitMs = bucket.waitMs(performance.now());
      if (waitMs > 0) {
        stopTurn ??= startTimer(Math.ceil(waitMs), () => {
          stopTurn = undefined;
          pump();
        });
        break;
      }
      bucket.take(performance.now());
      const entry = queue.shift();
      if (entry !== undefined) begin(entry);
    }
    pumping = false;
  }

  function begin(entry: Entry): void {
    const attempt: Attempt = {
      entry,
      controller: new AbortController(),
      worker: idle.pop() ?? 0,
      since: performance.now(),
      over: false,
      stopLimit: nothing,
    };
    running.add(attempt);
    entry.attempts += 1;
    if (entry.attempts > 1) retried += 1;
    admit();
    if (timeLimitMs !== undefined) {
      attempt.stopLimit = startTimer(timeLimitMs, () => {
        const error = new TimeoutError(timeLimitMs);
        attempt.controller.abort(error);
        fail(attempt, error);
      });
    }
    const context: JobContext = { signal: attempt.controller.signal, attempt: entry.attempts };
    new Promise((resolve) => resolve(entry.job(context))).then(
      (value) => succeed(attempt, value),
      (error) => fail(attempt, error),
    );
  }

  function succeed(attempt: Attempt, value: unknown): void {
    if (attempt.over) return;
    end(attempt);
    release(attempt);
    succeeded += 1;
    attempt.entry.settled.resolve(value);
    moveOn();
  }

  function fail(attempt: Attempt, error: unknown): void {
    if (attempt.over) return;
    end(attempt);
    const { entry } = attempt;
    let delayMs: number | undefined;
    let lastError = error;
    try {
      delayMs = retryDelay(entry, error);
    } catch (thrown) {
      lastError = thrown;
    }
    release(attempt);
    if (aborted !== undefined) {
      cancelled += 1;
      entry.settled.reject(aborted.reason);
    } else if (delayMs === undefined) {
      failed += 1;
      entry.settled.reject(lastError);
    } else {
      rest(entry, delayMs);
    }
    moveOn();
  }

  /** Asked while the job still counts as running. `undefined`: there is no retry. */
  function retryDelay(entry: Entry, error: unknown): number | undefined {
    if (aborted !== undefined || entry.attempts > retries) return undefined;
    if (isPermanent(error) || aborted !== undefined) return undefined;
    const longest = baseDelayMs === 0 ? 0 : Math.min(maxDelayMs, baseDelayMs * 2 ** (entry.attempts - 1));
    return random() * longest;
  }

  function rest(entry: Entry, delayMs: number): void {
    const stop = startTimer(delayMs, () => {
      resting.delete(entry);
      queue.push(entry);
      pump();
    });
    resting.set(entry, stop);
  }

  function end(attempt: Attempt): void {
    attempt.over = true;
    attempt.stopLimit();
  }

  function release(attempt: Attempt): void {
    running.delete(attempt);
    idle.push(attempt.worker);
    busyMs += performance.now() - attempt.since;
  }

  function moveOn(): void {
    pump();
    finish();
  }

  // --- Ending --------------------------------------------------------------------------------------------------------

  function finish(): void {
    if (!closed || finished || queue.size + resting.size + running.size > 0) return;
    finished = true;
    stopTurn?.();
    stopTurn = undefined;
    for (const stop of deadlines) stop();
    deadlines.clear();
    ended.resolve();
  }

  function shut(): void {
    closed = true;
    for (let caller = callers.shift(); caller !== undefined; caller = callers.shift())
      caller.refuse(refusal());
  }

  function close({ deadlineMs }: { readonly deadlineMs?: number } = {}): Promise<void> {
    if (deadlineMs !== undefined) {
      try {
        checkTime("deadlineMs", deadlineMs);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    shut();
    if (deadlineMs !== undefined && !finished && aborted === undefined) {
      deadlines.add(
        startTimer(deadlineMs, () => stop(new DeadlineError(`Not done within ${deadlineMs} ms`))),
      );
    }
    finish();
    return ended.promise;
  }

  function abort(reason: unknown): Promise<readonly number[]> {
    stop(reason);
    return ended.promise.then(() => [...(aborted?.neverBegun ?? [])]);
  }

  function stop(reason: unknown): void {
    if (aborted !== undefined || finished) return;
    shut();
    for (const stopDeadline of deadlines) stopDeadline();
    deadlines.clear();
    stopTurn?.();
    stopTurn = undefined;

    const neverBegun: number[] = [];
    aborted = { reason, neverBegun };
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      if (entry.attempts === 0) neverBegun.push(entry.id);
      cancel(entry, reason);
    }
    for (const [entry, stopResting] of resting) {
      stopResting();
      cancel(entry, reason);
    }
    resting.clear();
    neverBegun.sort((a, b) => a - b);
    for (const attempt of [...running]) attempt.controller.abort(reason);
    finish();
  }

  function cancel(entry: Entry, reason: unknown): void {
    cancelled += 1;
    entry.settled.reject(reason);
  }

  // --- Looking -------------------------------------------------------------------------------------------------------

  function snapshot() {
    const now = performance.now();
    const elapsedMs = now - createdAt;
    const jobs: RunningJob[] = [];
    let spentMs = busyMs;
    for (const { entry, since, worker } of running) {
      jobs.push({ id: entry.id, sinceMs: now - since, worker });
      spentMs += now - since;
    }
    return {
      accepted,
      succeeded,
      failed,
      cancelled,
      retries: retried,
      queued: queue.size,
      waitingToRetry: resting.size,
      running: jobs,
      utilisation: elapsedMs > 0 ? spentMs / (workers * elapsedMs) : 0,
    };
  }

  return { submit, close, abort, snapshot };
}

/** A token bucket, kept as the time at which it would be full again. */
class Bucket {
  readonly #intervalMs: number;
  readonly #slackMs: number;
  #fullAt = -Infinity;

  constructor(ratePerSecond: number, burst: number) {
    this.#intervalMs = 1000 / ratePerSecond;
    this.#slackMs = (burst - 1) * this.#intervalMs;
  }

  waitMs(now: number): number {
    return this.#fullAt - this.#slackMs - now;
  }

  take(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
  }
}

function refusal(): PoolClosedError {
  return new PoolClosedError("The pool is closed: it takes no more jobs");
}

function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number from ${least}, got ${value}`);
  }
}

function checkTime(name: string, value: number): void {
  if (typeof value !== "number" || !(value >= 0 && value <= longestMs)) {
    throw new RangeError(`${name} must be from 0 to ${longestMs} ms, got ${value}`);
  }
}

function checkRate(name: string, value: number): void {
  if (typeof value !== "number" || !(value > 0))
    throw new RangeError(`${name} must be greater than 0, got ${value}`);
}

function nothing(): void {}

export const attempted: Lab["attempted"] = [];
