// WRONG (2.8): a deadline that is reached after an abort rewrites the reason.
import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { sleep } from "@pattern-labs/primitives/sleep";
import { startTimer } from "@pattern-labs/primitives/timer";
import { WaitQueue } from "@pattern-labs/primitives/wait-queue";
import type { Job, Lab, Pool, PoolOptions, Ticket } from "../../contract.ts";

export const attempted: Lab["attempted"] = [];

class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";
}
class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}
class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** Where a job is: always in exactly one of these places. */
type Place = "queued" | "running" | "waitingToRetry" | "succeeded" | "failed" | "cancelled";

interface Task {
  readonly id: number;
  readonly job: Job<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  place: Place;
  begun: boolean;
}

interface Running {
  readonly id: number;
  readonly worker: number;
  readonly since: number;
  readonly controller: AbortController;
}

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/**
 * Each job lives in one async function, `live`, which tells its whole story: line up, run, perhaps sleep and line up
 * again, settle. What ends the story early is one signal, `halt`, under which all its waits stand.
 */
export function createPool(options: PoolOptions): Pool {
  const { workers, queueLimit, timeLimitMs, ratePerSecond } = options;
  const { retries = 0, baseDelayMs = 100, maxDelayMs = 30_000, burst = 1 } = options;
  const { random = Math.random, isPermanent = () => false } = options;
  checkInteger("workers", workers, 1);
  checkInteger("queueLimit", queueLimit, 1);
  checkInteger("retries", retries, 0);
  checkInteger("burst", burst, 1);
  checkMs("baseDelayMs", baseDelayMs);
  checkMs("maxDelayMs", maxDelayMs);
  if (timeLimitMs !== undefined) checkMs("timeLimitMs", timeLimitMs);
  if (ratePerSecond !== undefined && !(Number.isFinite(ratePerSecond) && ratePerSecond > 0)) {
    throw new RangeError(`ratePerSecond must be a positive number, got ${ratePerSecond}`);
  }
  const intervalMs = ratePerSecond === undefined ? 0 : 1000 / ratePerSecond;

  const createdAt = performance.now();
  const at = { queued: 0, running: 0, waitingToRetry: 0, succeeded: 0, failed: 0, cancelled: 0 };
  let accepted = 0;
  let retried = 0;
  let busyMs = 0;

  const callers = new LinkedList<{ admit(): void; refuse(): void }>();
  const line = new WaitQueue<number>(); // jobs that wait for a worker, and are woken with its number
  const idle: number[] = [];
  let hired = 0;
  const active = new Set<Running>();

  let closed = false;
  const halt = new AbortController();
  let halted: { readonly reason: unknown } | undefined;
  const unbegun: number[] = [];
  const ended = Promise.withResolvers<void>();
  const over = new AbortController(); // aborts when the pool has ended: what still sleeps need not

  function move(task: Task, to: Place): void {
    at[task.place] -= 1;
    at[to] += 1;
    task.place = to;
  }

  // ---------------------------------------------------------------- one job

  async function live(task: Task): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const worker = await lineUp();
      if (halted !== undefined) {
        cancel(task);
        break;
      }
      task.begun = true;
      if (attempt > 1) retried += 1;
      move(task, "running");
      const outcome = await run(task, attempt, worker);
      if (outcome.ok) {
        goIdle(worker);
        move(task, "succeeded");
        task.resolve(outcome.value);
        break;
      }
      const again = halted === undefined && attempt <= retries && !isPermanent(outcome.error);
      const delayMs = again ? random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1)) : 0;
      goIdle(worker);
      if (halted !== undefined) {
        cancel(task);
        break;
      }
      if (!again) {
        move(task, "failed");
        task.reject(outcome.error);
        break;
      }
      move(task, "waitingToRetry");
      deal();
      await sleep(delayMs, { signal: halt.signal }).catch(() => {});
      if (halted !== undefined) {
        cancel(task);
        break;
      }
      move(task, "queued");
    }
    deal();
    endIfDone();
  }

  /** Waits for a worker and a turn; until then the job is in no worker's hands. `-1` once all is over. */
  function lineUp(): Promise<number> {
    const granted = line.wait({ signal: halt.signal }).catch(() => -1);
    deal();
    return granted;
  }

  function run(task: Task, attempt: number, worker: number): Promise<Outcome> {
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const running: Running = { id: task.id, worker, since: performance.now(), controller };
    active.add(running);
    admit(); // it has left the line: there is a place
    const stopLimit =
      timeLimitMs === undefined
        ? () => {}
        : startTimer(timeLimitMs, () => {
            const error = new TimeoutError(`An attempt may not take longer than ${timeLimitMs} ms`);
            controller.abort(error);
            resolve({ ok: false, error });
          });
    Promise.try(task.job, { signal: controller.signal, attempt }).then(
      (value) => resolve({ ok: true, value }),
      (error) => resolve({ ok: false, error }),
    );
    return promise.finally(stopLimit);
  }

  function goIdle(worker: number): void {
    for (const running of active) {
      if (running.worker !== worker) continue;
      active.delete(running);
      busyMs += performance.now() - running.since;
    }
    idle.push(worker);
  }

  function cancel(task: Task): void {
    if (!task.begun) unbegun.push(task.id);
    move(task, "cancelled");
    task.reject(halted?.reason);
  }

  // ---------------------------------------------------------------- who is next

  let dueAt = -Infinity; // when the next attempt would be due, if they came evenly
  let stopTurn: (() => void) | undefined;

  /** Gives workers to those who stand in line, as far as there are workers and turns. */
  function deal(): void {
    while (halted === undefined && line.size > 0 && (idle.length > 0 || hired < workers)) {
      const now = performance.now();
      const waitMs = dueAt - (burst - 1) * intervalMs - now;
      if (waitMs > 1e-6) {
        stopTurn ??= startTimer(Math.ceil(waitMs), () => {
          stopTurn = undefined;
          deal();
        });
        return;
      }
      dueAt = Math.max(dueAt, now) + intervalMs;
      line.wake(idle.pop() ?? hired++);
    }
  }

  // ---------------------------------------------------------------- the door

  function hasRoom(): boolean {
    return at.queued + at.waitingToRetry < queueLimit;
  }

  function admit(): void {
    while (callers.size > 0 && hasRoom()) callers.shift()?.admit();
  }

  function accept<R>(job: Job<R>): Ticket<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    promise.catch(() => {}); // looked at or not
    accepted += 1;
    at.queued += 1;
    const task: Task = {
      id: accepted,
      job,
      resolve: resolve as (value: unknown) => void,
      reject,
      place: "queued",
      begun: false,
    };
    void live(task);
    return { id: task.id, result: promise };
  }

  // ---------------------------------------------------------------- the end

  function isDone(): boolean {
    return closed && at.queued + at.running + at.waitingToRetry === 0;
  }

  function endIfDone(): void {
    if (!isDone()) return;
    stopTurn?.();
    over.abort();
    ended.resolve();
  }

  function shut(): void {
    closed = true;
    for (let caller = callers.shift(); caller !== undefined; caller = callers.shift()) caller.refuse();
  }

  function stop(reason: unknown): void {
    halted = { reason };
    shut();
    stopTurn?.();
    halt.abort(reason);
    for (const { controller } of [...active]) controller.abort(reason);
    endIfDone();
  }

  return {
    submit(job, { signal } = {}) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (closed) return Promise.reject(new PoolClosedError("The pool is closed"));
      if (callers.size === 0 && hasRoom()) return Promise.resolve(accept(job));
      return new Promise((resolve, reject) => {
        const place = callers.push({
          admit() {
            withdraw();
            resolve(accept(job));
          },
          refuse() {
            withdraw();
            reject(new PoolClosedError("The pool was closed while the job waited for a place"));
          },
        });
        const withdraw = onAbort(signal, () => {
          callers.remove(place);
          reject(signal?.reason);
        });
      });
    },

    async close({ deadlineMs } = {}) {
      if (deadlineMs !== undefined) checkMs("deadlineMs", deadlineMs);
      shut();
      endIfDone();
      if (deadlineMs !== undefined) {
        sleep(deadlineMs, { signal: over.signal }).then(
          () => stop(new DeadlineError(`The pool had not ended after ${deadlineMs} ms`)),
          () => {}, // It ended in time.
        );
      }
      await ended.promise;
    },

    async abort(reason) {
      if (halted === undefined) stop(reason);
      await ended.promise;
      return unbegun.toSorted((a, b) => a - b);
    },

    snapshot() {
      const now = performance.now();
      let spentMs = busyMs;
      const running = Array.from(active, ({ id, worker, since }) => {
        spentMs += now - since;
        return { id, sinceMs: now - since, worker };
      });
      const availableMs = workers * (now - createdAt);
      return {
        accepted,
        ...at,
        retries: retried,
        running,
        utilisation: availableMs > 0 ? Math.min(1, spentMs / availableMs) : 0,
      };
    },
  };
}

function checkInteger(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`);
}

function checkMs(name: string, value: number): void {
  if (typeof value === "number" && value >= 0 && value <= 2 ** 31 - 1) return;
  throw new RangeError(`${name} must be from 0 to 2147483647, got ${value}`);
}
