// WRONG (1.5): a freed place is promised to the first in line, who takes it some microtasks later; a newcomer slips in between.
import { Channel } from "@pattern-labs/primitives/channel";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { TimeoutError } from "@pattern-labs/primitives/timeout";
import { startTimer } from "@pattern-labs/primitives/timer";
import { WaitQueue } from "@pattern-labs/primitives/wait-queue";
import type { Job, Lab, Pool, PoolOptions, Ticket } from "../../contract.ts";

export const attempted: Lab["attempted"] = [];

class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";

  constructor() {
    super("The pool is closed: it takes no more jobs");
  }
}

class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(deadlineMs: number) {
    super(`The pool was to end within ${deadlineMs} ms`);
  }
}

interface Held {
  readonly id: number;
  readonly job: Job<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  attempts: number;
}

interface Attempt {
  readonly id: number;
  readonly worker: number;
  readonly since: number;
  readonly controller: AbortController;
}

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/**
 * Workers are loops. An idle one is parked at `hands`, a channel without a buffer; `deal` hands it the next job when
 * there is a turn for it, and never before: what lies in `line` is in nobody's hands, and can be taken back at any time.
 * A worker is hired when it is first needed, and goes home when `hands` is closed.
 *
 * The places of the queue are counted by `taken`. A place that becomes free goes straight to the first who waits at
 * `door`: it stays taken meanwhile, so that nobody can come in between.
 */
export function createPool(options: PoolOptions): Pool {
  const workers = integer("workers", options.workers, 1);
  const queueLimit = integer("queueLimit", options.queueLimit, 1);
  const retries = integer("retries", options.retries ?? 0, 0);
  const baseDelayMs = ms("baseDelayMs", options.baseDelayMs ?? 100);
  const maxDelayMs = ms("maxDelayMs", options.maxDelayMs ?? 30_000);
  const timeLimitMs = options.timeLimitMs === undefined ? undefined : ms("timeLimitMs", options.timeLimitMs);
  const random = options.random ?? Math.random;
  const isPermanent = options.isPermanent ?? (() => false);
  const turns = turnstile(options.ratePerSecond, integer("burst", options.burst ?? 1, 1));
  const createdAt = performance.now();

  // Where a job can be: in the line, in a worker's hands but not yet begun, running, waiting to retry.
  const line = new LinkedList<Held>();
  const handed = new Set<Held>();
  const running = new Set<Attempt>();
  const waiting = new Map<Held, () => void>();

  const door = new WaitQueue<boolean>();
  let taken = 0;

  const hands = new Channel<Held>();
  const hired: Promise<void>[] = [];
  let parked = 0;

  let accepted = 0;
  let succeeded = 0;
  let failed = 0;
  let cancelled = 0;
  let retried = 0;
  let busyMs = 0;

  let closed = false;
  let halted: { readonly reason: unknown } | undefined;
  const unbegun: number[] = [];
  const deadlines: (() => void)[] = [];
  let stopTurn: (() => void) | undefined;
  const done = Promise.withResolvers<void>();

  // ------------------------------------------------------------------ places

  async function takePlace(signal: AbortSignal | undefined): Promise<void> {
    const granted = await door.wait({ signal });
    if (!granted || closed) throw new PoolClosedError();
  }

  /** One place fewer is needed. After failures there may be more taken than there are: then nobody gets it. */
  function givePlaceBack(): void {
    taken -= 1;
    if (taken < queueLimit && door.wake(true)) taken += 1;
  }

  function accept<R>(job: Job<R>): Ticket<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    promise.catch(() => {}); // A result may be ignored.
    accepted += 1;
    const id = accepted;
    line.push({ id, job, resolve: resolve as Held["resolve"], reject, attempts: 0 });
    deal();
    return { id, result: promise };
  }

  // ------------------------------------------------------------------ workers

  async function work(worker: number): Promise<void> {
    let next = park();
    for (;;) {
      const received = await next;
      if (received.done) return;
      await perform(received.value, worker);
      next = park();
      deal();
    }
  }

  function park() {
    parked += 1;
    return hands.receive();
  }

  /** Hands out jobs while there is a job, a worker and a turn. */
  function deal(): void {
    while (halted === undefined && line.size > 0 && (parked > 0 || hired.length < workers)) {
      const waitMs = turns.msToWait();
      if (waitMs > 0) {
        stopTurn ??= startTimer(Math.ceil(waitMs), () => {
          stopTurn = undefined;
          deal();
        });
        return;
      }
      turns.pass();
      if (parked === 0) hired.push(work(hired.length));
      const held = line.shift() as Held;
      handed.add(held);
      parked -= 1;
      hands.trySend(held);
    }
  }

  async function perform(held: Held, worker: number): Promise<void> {
    if (!handed.delete(held)) return; // The pool was aborted before it could begin.
    held.attempts += 1;
    if (held.attempts > 1) retried += 1;
    const attempt: Attempt = {
      id: held.id,
      worker,
      since: performance.now(),
      controller: new AbortController(),
    };
    running.add(attempt);
    givePlaceBack();

    const outcome = await run(held, attempt.controller);
    const delayMs = outcome.ok ? undefined : delayBeforeRetry(held, outcome.error);
    running.delete(attempt);
    busyMs += performance.now() - attempt.since;

    if (outcome.ok) {
      succeeded += 1;
      held.resolve(outcome.value);
    } else if (halted !== undefined) {
      cancel(held);
    } else if (delayMs === undefined) {
      failed += 1;
      held.reject(outcome.error);
    } else {
      taken += 1;
      const stop = startTimer(delayMs, () => {
        waiting.delete(held);
        line.push(held);
        deal();
      });
      waiting.set(held, stop);
    }
    endIfDone();
  }

  /** Calls the job. Settles when it has ended or its time is up, whichever comes first; never rejects. */
  function run({ job, attempts }: Held, controller: AbortController): Promise<Outcome> {
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        stopLimit();
        resolve(outcome);
      };
      const stopLimit = startTimer(timeLimitMs ?? Infinity, () => {
        const error = new TimeoutError(timeLimitMs ?? Infinity);
        controller.abort(error);
        settle({ ok: false, error });
      });
      new Promise((call) => call(job({ signal: controller.signal, attempt: attempts }))).then(
        (value) => settle({ ok: true, value }),
        (error: unknown) => settle({ ok: false, error }),
      );
    });
  }

  function delayBeforeRetry({ attempts }: Held, error: unknown): number | undefined {
    if (halted !== undefined || attempts > retries || isPermanent(error)) return undefined;
    return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempts - 1));
  }

  // ------------------------------------------------------------------ the end

  function cancel(held: Held): void {
    if (held.attempts === 0) unbegun.push(held.id);
    cancelled += 1;
    held.reject(halted?.reason);
  }

  function shut(): void {
    closed = true;
    door.wakeAll(false);
  }

  function stop(reason: unknown): void {
    if (halted !== undefined) return;
    halted = { reason };
    shut();
    stopTurn?.();
    for (const held of handed) {
      handed.delete(held);
      cancel(held);
    }
    for (let held = line.shift(); held !== undefined; held = line.shift()) cancel(held);
    for (const [held, stopWaiting] of waiting) {
      stopWaiting();
      waiting.delete(held);
      cancel(held);
    }
    unbegun.sort((a, b) => a - b);
    for (const { controller } of [...running]) controller.abort(reason);
    endIfDone();
  }

  function isDone(): boolean {
    return closed && line.size + handed.size + running.size + waiting.size === 0;
  }

  function endIfDone(): void {
    if (!isDone()) return;
    for (const stopDeadline of deadlines.splice(0)) stopDeadline();
    stopTurn?.();
    hands.close(); // Sends the workers home.
    done.resolve();
  }

  /** Until all jobs have settled and all workers have gone home. */
  async function end(): Promise<void> {
    await done.promise;
    await Promise.all(hired);
  }

  return {
    async submit(job, { signal } = {}) {
      signal?.throwIfAborted();
      if (closed) throw new PoolClosedError();
      if (door.size === 0 && taken < queueLimit) taken += 1;
      else await takePlace(signal);
      return accept(job);
    },

    async close({ deadlineMs } = {}) {
      if (deadlineMs !== undefined) ms("deadlineMs", deadlineMs);
      shut();
      endIfDone();
      if (deadlineMs !== undefined && !isDone()) {
        deadlines.push(startTimer(deadlineMs, () => stop(new DeadlineError(deadlineMs))));
      }
      await end();
    },

    async abort(reason) {
      stop(reason);
      await end();
      return [...unbegun];
    },

    snapshot() {
      const now = performance.now();
      const list = Array.from(running, ({ id, since, worker }) => ({ id, sinceMs: now - since, worker }));
      const spentMs = list.reduce((sum, { sinceMs }) => sum + sinceMs, busyMs);
      const possibleMs = workers * (now - createdAt);
      return {
        accepted,
        succeeded,
        failed,
        cancelled,
        retries: retried,
        queued: line.size + handed.size,
        waitingToRetry: waiting.size,
        running: list,
        utilisation: possibleMs > 0 ? Math.min(1, spentMs / possibleMs) : 0,
      };
    },
  };
}

/** Lets `burst` through at once, and then one each `1000 / ratePerSecond` ms. */
function turnstile(ratePerSecond: number | undefined, burst: number) {
  if (ratePerSecond === undefined) return { msToWait: () => 0, pass: () => {} };
  if (typeof ratePerSecond !== "number" || !(ratePerSecond > 0 && ratePerSecond < Infinity)) {
    throw new RangeError(`ratePerSecond must be a positive number, got ${ratePerSecond}`);
  }
  const intervalMs = 1000 / ratePerSecond;
  let emptyAt = -Infinity; // when all who have passed would have passed, one at a time
  return {
    msToWait(): number {
      const waitMs = emptyAt - (burst - 1) * intervalMs - performance.now();
      return waitMs > 1e-6 ? waitMs : 0;
    },
    pass(): void {
      emptyAt = Math.max(emptyAt, performance.now()) + intervalMs;
    },
  };
}

function integer(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`);
}

function ms(name: string, value: number): number {
  if (typeof value === "number" && value >= 0 && value <= 2_147_483_647) return value;
  throw new RangeError(`${name} must be from 0 to 2147483647 ms, got ${value}`);
}
