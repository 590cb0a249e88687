/**
 * The pool as one writes it in Go: a fixed number of workers, each a loop that is parked while there is nothing to do.
 * Written as one closure; the price is that every parked loop has to be woken at the end.
 */
import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import type { Job, Pool, PoolOptions, Snapshot, SubmitOptions, Ticket } from "../../contract.ts";

interface Task {
  readonly id: number;
  readonly job: Job<unknown>;
  readonly result: PromiseWithResolvers<unknown>;
  attempts: number;
  running?: { readonly since: number; readonly worker: number; readonly controller: AbortController };
  retryTimer?: NodeJS.Timeout;
}

interface Candidate {
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createPool(options: PoolOptions): Pool {
  const { workers, queueLimit, retries = 0, baseDelayMs = 100, maxDelayMs = 30_000 } = options;
  const { random = Math.random, isPermanent = () => false, timeLimitMs, ratePerSecond, burst = 1 } = options;
  check(options);

  const createdAt = performance.now();
  const line = new LinkedList<Candidate>(); // in front of the queue
  const queue = new LinkedList<Task>(); // accepted, next in turn
  const parked = new LinkedList<() => void>(); // workers with nothing to do
  const open = new Map<number, Task>(); // accepted, not settled
  const counts = { accepted: 0, succeeded: 0, failed: 0, cancelled: 0, retries: 0 };
  const deadlines = new Set<NodeJS.Timeout>();
  const ended = Promise.withResolvers<void>();
  let waitingToRetry = 0;
  let busyMs = 0;
  let living = 0;
  let closed = false;
  let stopped: { readonly reason: unknown; readonly neverBegun: readonly number[] } | undefined;
  let tokens = burst;
  let countedAt = createdAt;
  let tokenTimer: NodeJS.Timeout | undefined;

  // --- accepting

  const submit = <R>(job: Job<R>, { signal }: SubmitOptions = {}) =>
    new Promise<Ticket<R>>((resolve, reject) => {
      signal?.throwIfAborted();
      if (closed) throw closedError();
      if (line.size === 0 && hasRoom()) {
        resolve(accept(job));
        return;
      }
      const place = line.push({
        admit: () => {
          forget();
          resolve(accept(job));
        },
        refuse: (error) => {
          forget();
          reject(error);
        },
      });
      const forget = onAbort(signal, () => {
        line.remove(place);
        reject(signal?.reason);
      });
    });

  const hasRoom = () => queue.size + waitingToRetry < queueLimit;

  function accept<R>(job: Job<R>): Ticket<R> {
    counts.accepted += 1;
    const task: Task = { id: counts.accepted, job, result: Promise.withResolvers<unknown>(), attempts: 0 };
    task.result.promise.catch(() => {});
    open.set(task.id, task);
    enqueue(task);
    return { id: task.id, result: task.result.promise as Promise<R> };
  }

  function enqueue(task: Task): void {
    queue.push(task);
    if (parked.size > 0) parked.shift()?.();
    else if (living < workers) {
      void work(living);
      living += 1;
    }
  }

  // --- working

  async function work(worker: number): Promise<void> {
    await null;
    while (!isOver()) {
      const task = next();
      if (task === undefined) await new Promise<void>((wake) => parked.push(wake));
      else await attempt(task, worker);
    }
    living -= 1;
    if (living === 0) ended.resolve();
  }

  const isOver = () => closed && open.size === 0;

  function next(): Task | undefined {
    if (queue.size === 0 || !takeToken()) return undefined;
    const task = queue.shift();
    while (line.size > 0 && hasRoom()) line.shift()?.admit();
    if (queue.size > 0) parked.shift()?.();
    return task;
  }

  function takeToken(): boolean {
    if (ratePerSecond === undefined) return true;
    const now = performance.now();
    tokens = Math.min(burst, tokens + ((now - countedAt) * ratePerSecond) / 1000);
    countedAt = now;
    if (tokens >= 1 - 1e-9) {
      tokens -= 1;
      return true;
    }
    tokenTimer ??= setTimeout(
      () => {
        tokenTimer = undefined;
        parked.shift()?.();
      },
      Math.ceil(((1 - tokens) * 1000) / ratePerSecond),
    );
    return false;
  }

  async function attempt(task: Task, worker: number): Promise<void> {
    const controller = new AbortController();
    task.running = { since: performance.now(), worker, controller };
    task.attempts += 1;
    if (task.attempts > 1) counts.retries += 1;
    try {
      const value = await limited(task, controller);
      leave(task);
      settle(task, "succeeded", () => task.result.resolve(value));
    } catch (error) {
      decide(task, error);
    }
  }

  function limited(task: Task, controller: AbortController): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      if (timeLimitMs !== undefined) {
        timer = setTimeout(() => {
          const timeout = new DOMException(`No answer within ${timeLimitMs} ms`, "TimeoutError");
          controller.abort(timeout);
          reject(timeout);
        }, timeLimitMs);
      }
      Promise.try(task.job, { signal: controller.signal, attempt: task.attempts })
        .finally(() => clearTimeout(timer))
        .then(resolve, reject);
    });
  }

  function leave(task: Task): void {
    busyMs += performance.now() - (task.running?.since ?? 0);
    delete task.running;
  }

  function decide(task: Task, error: unknown): void {
    let outcome = error;
    let waitMs: number | undefined;
    try {
      if (stopped === undefined && task.attempts <= retries && !isPermanent(error)) {
        waitMs = random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (task.attempts - 1));
      }
    } catch (thrown) {
      outcome = thrown;
    }
    leave(task);
    if (stopped !== undefined) cancel(task, stopped.reason);
    else if (waitMs === undefined) settle(task, "failed", () => task.result.reject(outcome));
    else waitToRetry(task, waitMs);
  }

  function waitToRetry(task: Task, waitMs: number): void {
    waitingToRetry += 1;
    task.retryTimer = setTimeout(() => {
      waitingToRetry -= 1;
      delete task.retryTimer;
      enqueue(task);
    }, waitMs);
  }

  // --- ending

  function settle(task: Task, outcome: "succeeded" | "failed" | "cancelled", deliver: () => void): void {
    open.delete(task.id);
    counts[outcome] += 1;
    deliver();
    endIfOver();
  }

  const cancel = (task: Task, reason: unknown) => settle(task, "cancelled", () => task.result.reject(reason));

  /** Wakes all who are parked: each finds that it is over, and ends. */
  function endIfOver(): void {
    if (!isOver()) return;
    for (const timer of deadlines) clearTimeout(timer);
    if (living === 0) ended.resolve();
    for (let wake = parked.shift(); wake !== undefined; wake = parked.shift()) wake();
  }

  function shut(): void {
    closed = true;
    for (let next = line.shift(); next !== undefined; next = line.shift()) next.refuse(closedError());
    endIfOver();
  }

  function stop(reason: unknown) {
    if (stopped !== undefined) return stopped;
    const tasks = [...open.values()];
    stopped = { reason, neverBegun: tasks.filter(({ attempts }) => attempts === 0).map(({ id }) => id) };
    clearTimeout(tokenTimer);
    shut();
    while (queue.shift() !== undefined);
    for (const task of tasks) {
      if (task.running !== undefined) task.running.controller.abort(reason);
      else {
        if (task.retryTimer !== undefined) waitingToRetry -= 1;
        clearTimeout(task.retryTimer);
        delete task.retryTimer;
        cancel(task, reason);
      }
    }
    return stopped;
  }

  return {
    submit,
    async close({ deadlineMs } = {}) {
      if (deadlineMs !== undefined) {
        if (!(deadlineMs >= 0 && deadlineMs <= LONGEST_TIMER_MS)) {
          throw new RangeError(`deadlineMs must be from 0 to ${LONGEST_TIMER_MS}, got ${deadlineMs}`);
        }
        const error = Object.assign(new Error(`not done after ${deadlineMs} ms`), { name: "DeadlineError" });
        if (!isOver() || living > 0) deadlines.add(setTimeout(() => stop(error), deadlineMs));
      }
      shut();
      await ended.promise;
    },
    async abort(reason) {
      const { neverBegun } = stop(reason);
      await ended.promise;
      return neverBegun;
    },
    snapshot(): Snapshot {
      const now = performance.now();
      const running = [...open.values()].flatMap(({ id, running }) =>
        running === undefined ? [] : [{ id, worker: running.worker, sinceMs: now - running.since }],
      );
      const spent = running.reduce((sum, { sinceMs }) => sum + sinceMs, busyMs);
      const available = workers * (now - createdAt);
      const utilisation = available === 0 ? 0 : spent / available;
      return { ...counts, queued: queue.size, waitingToRetry, running, utilisation };
    },
  };
}

const closedError = () =>
  Object.assign(new Error("Cannot submit: the pool is closed"), { name: "PoolClosedError" });

function check(options: PoolOptions): void {
  const rules: Partial<Record<keyof PoolOptions, (value: number) => boolean>> = {
    workers: (n) => Number.isInteger(n) && n >= 1,
    queueLimit: (n) => Number.isInteger(n) && n >= 1,
    retries: (n) => Number.isInteger(n) && n >= 0,
    baseDelayMs: (ms) => ms >= 0 && ms <= LONGEST_TIMER_MS,
    maxDelayMs: (ms) => ms >= 0 && ms <= LONGEST_TIMER_MS,
    timeLimitMs: (ms) => ms >= 0 && ms <= LONGEST_TIMER_MS,
    ratePerSecond: (rate) => rate > 0,
    burst: (n) => Number.isInteger(n) && n >= 1,
  };
  for (const [name, holds] of Object.entries(rules)) {
    const value = options[name as keyof PoolOptions] as number | undefined;
    if (value !== undefined && !holds(value)) throw new RangeError(`${name} is out of range: ${value}`);
  }
}
