// WRONG (4.1): a job is called before its token is spent; one that submits another as it begins finds the same token again.
import { EventEmitter } from "node:events";
import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { startTimer } from "@pattern-labs/primitives/timer";
import type { Job, Lab, Pool, PoolOptions, RunningJob, Ticket } from "../../contract.ts";

export const attempted: Lab["attempted"] = [];

/*
 * The pool is a handful of stations that tell each other what happened:
 *
 *   job:ready     a job stands in the queue (new, or its wait for a retry is over)
 *   job:begun     a job has left the queue, so there may be a place
 *   worker:idle   an attempt is over
 *   job:settled   a ticket has settled
 *   pool:closed   nothing more is accepted
 *   pool:aborted  nothing more is begun
 */
interface PoolEvents {
  "job:ready": [];
  "job:begun": [];
  "worker:idle": [];
  "job:settled": [];
  "pool:closed": [];
  "pool:aborted": [reason: unknown];
}

interface Item {
  readonly id: number;
  readonly job: Job<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  attempt: number;
}

interface Run {
  readonly item: Item;
  readonly worker: number;
  readonly startedAt: number;
  readonly controller: AbortController;
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

export function createPool(options: PoolOptions): Pool {
  const {
    workers,
    queueLimit,
    retries = 0,
    baseDelayMs = 100,
    maxDelayMs = 30_000,
    random = Math.random,
    isPermanent = () => false,
    timeLimitMs,
    ratePerSecond,
    burst = 1,
  } = options;
  atLeast(1, { workers, queueLimit, burst });
  atLeast(0, { retries });
  milliseconds({ baseDelayMs, maxDelayMs, timeLimitMs });
  if (ratePerSecond !== undefined && !(Number.isFinite(ratePerSecond) && ratePerSecond > 0)) {
    throw new RangeError(`ratePerSecond must be a positive number, got ${ratePerSecond}`);
  }

  const bus = new EventEmitter<PoolEvents>();
  const createdAt = performance.now();
  const door = new LinkedList<{ enter(): void; refuse(): void }>();
  const queue = new LinkedList<Item>();
  const pausing = new Map<Item, () => void>();
  const running = new Set<Run>();
  const idle: number[] = []; // workers that have worked and are free
  let hired = 0; // workers that have ever worked: 0 to hired - 1
  const tokens = ratePerSecond === undefined ? undefined : tokenBucket(ratePerSecond, burst);
  let stopTokenTimer: (() => void) | undefined;

  const totals = { accepted: 0, succeeded: 0, failed: 0, cancelled: 0, retries: 0 };
  let busyMs = 0;
  let closed = false;
  let aborted: { readonly reason: unknown } | undefined;
  const untouched: number[] = [];
  const ended = Promise.withResolvers<void>();
  const cleanups: (() => void)[] = [];

  // --- the queue's entrance -------------------------------------------------------------------------------------

  const hasRoom = () => queue.size + pausing.size < queueLimit;

  const enqueue = <R>(job: Job<R>): Ticket<R> => {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    promise.catch(() => {}); // nobody has to look at it
    const id = ++totals.accepted;
    queue.push({ id, job, resolve: resolve as Item["resolve"], reject, attempt: 0 });
    return { id, result: promise };
  };

  bus.on("job:begun", () => {
    while (door.size > 0 && hasRoom()) door.shift()?.enter();
  });

  bus.on("pool:closed", () => {
    for (let caller = door.shift(); caller !== undefined; caller = door.shift()) caller.refuse();
  });

  // --- from the queue to a worker -------------------------------------------------------------------------------

  const dispatch = () => {
    while (aborted === undefined && queue.size > 0 && (idle.length > 0 || hired < workers)) {
      const waitMs = tokens?.untilNext() ?? 0;
      if (waitMs > 0) {
        stopTokenTimer ??= startTimer(Math.ceil(waitMs), () => {
          stopTokenTimer = undefined;
          dispatch();
        });
        return;
      }
      begin(queue.shift() as Item, idle.pop() ?? hired++);
      tokens?.spend(); // only what has really begun costs a token
    }
  };
  bus.on("job:ready", dispatch);
  bus.on("worker:idle", dispatch);

  const begin = (item: Item, worker: number) => {
    const controller = new AbortController();
    const run: Run = { item, worker, controller, startedAt: performance.now() };
    running.add(run);
    item.attempt += 1;
    if (item.attempt > 1) totals.retries += 1;
    bus.emit("job:begun");

    let over = false;
    const finish = (conclude: () => void) => {
      if (over) return; // the time was up before
      over = true;
      stopLimit();
      conclude();
      bus.emit("worker:idle");
    };
    const stopLimit =
      timeLimitMs === undefined
        ? () => {}
        : startTimer(timeLimitMs, () => {
            const timeUp = named("TimeoutError", `The attempt took longer than ${timeLimitMs} ms`);
            controller.abort(timeUp);
            finish(() => onFailure(run, timeUp));
          });
    new Promise((resolve) => resolve(item.job({ signal: controller.signal, attempt: item.attempt }))).then(
      (value) => finish(() => onSuccess(run, value)),
      (error) => finish(() => onFailure(run, error)),
    );
  };

  const release = (run: Run) => {
    running.delete(run);
    idle.push(run.worker);
    busyMs += performance.now() - run.startedAt;
  };

  const onSuccess = (run: Run, value: unknown) => {
    release(run);
    totals.succeeded += 1;
    run.item.resolve(value);
    bus.emit("job:settled");
  };

  const onFailure = (run: Run, error: unknown) => {
    const { item } = run;
    const again = aborted === undefined && item.attempt <= retries && !isPermanent(error);
    const delayMs = again ? random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (item.attempt - 1)) : 0;
    release(run);
    if (aborted !== undefined) {
      cancel(item, aborted.reason); // perhaps by `isPermanent` or `random`
    } else if (again) {
      const stop = startTimer(delayMs, () => {
        pausing.delete(item);
        queue.push(item);
        bus.emit("job:ready");
      });
      pausing.set(item, stop);
    } else {
      totals.failed += 1;
      item.reject(error);
      bus.emit("job:settled");
    }
  };

  // --- the end --------------------------------------------------------------------------------------------------

  const cancel = (item: Item, reason: unknown) => {
    if (item.attempt === 0) untouched.push(item.id);
    totals.cancelled += 1;
    item.reject(reason);
    bus.emit("job:settled");
  };

  bus.on("pool:aborted", (reason) => {
    stopTokenTimer?.();
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) cancel(item, reason);
    for (const [item, stop] of pausing) {
      stop();
      pausing.delete(item);
      cancel(item, reason);
    }
    for (const run of [...running]) run.controller.abort(reason);
  });

  const isOver = () => closed && queue.size + pausing.size + running.size === 0;

  const endIfOver = () => {
    if (!isOver()) return;
    stopTokenTimer?.();
    for (const cleanup of cleanups.splice(0)) cleanup();
    bus.removeAllListeners();
    ended.resolve();
  };
  bus.on("job:settled", endIfOver);

  const closeDoor = () => {
    if (closed) return;
    closed = true;
    bus.emit("pool:closed");
  };

  const abortAll = (reason: unknown) => {
    if (aborted !== undefined) return;
    aborted = { reason };
    closeDoor();
    bus.emit("pool:aborted", reason);
    endIfOver();
  };

  return {
    submit(job, { signal } = {}) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (closed) return Promise.reject(named("PoolClosedError", "The pool accepts no more jobs"));
      if (door.size === 0 && hasRoom()) {
        const ticket = enqueue(job);
        bus.emit("job:ready");
        return Promise.resolve(ticket);
      }
      return new Promise((resolve, reject) => {
        const place = door.push({
          enter() {
            withdraw();
            resolve(enqueue(job)); // whoever made room is dispatching just now
          },
          refuse() {
            withdraw();
            reject(named("PoolClosedError", "The pool was closed before there was a place"));
          },
        });
        const withdraw = onAbort(signal, () => {
          door.remove(place);
          reject(signal?.reason);
        });
      });
    },

    async close({ deadlineMs } = {}) {
      milliseconds({ deadlineMs });
      closeDoor();
      endIfOver();
      if (deadlineMs !== undefined && !isOver()) {
        const late = () => abortAll(named("DeadlineError", `The pool was not done after ${deadlineMs} ms`));
        cleanups.push(startTimer(deadlineMs, late));
      }
      await ended.promise;
    },

    async abort(reason) {
      abortAll(reason);
      await ended.promise;
      return untouched.toSorted((a, b) => a - b);
    },

    snapshot() {
      const now = performance.now();
      const list: RunningJob[] = [];
      let spentMs = busyMs;
      for (const { item, startedAt, worker } of running) {
        list.push({ id: item.id, sinceMs: now - startedAt, worker });
        spentMs += now - startedAt;
      }
      const capacityMs = workers * (now - createdAt);
      return {
        ...totals,
        queued: queue.size,
        waitingToRetry: pausing.size,
        running: list,
        utilisation: capacityMs === 0 ? 0 : Math.min(1, spentMs / capacityMs),
      };
    },
  };
}

/** A bucket that holds up to `burst` tokens, and is filled evenly. It may be overdrawn. */
function tokenBucket(ratePerSecond: number, burst: number) {
  const perMs = ratePerSecond / 1000;
  let level = burst;
  let filledAt = performance.now();

  const fill = () => {
    const now = performance.now();
    level = Math.min(burst, level + (now - filledAt) * perMs);
    filledAt = now;
  };
  return {
    /** How long until there is a whole token; 0 if there is one. */
    untilNext(): number {
      fill();
      return level > 1 - 1e-9 ? 0 : (1 - level) / perMs;
    },
    spend(): void {
      fill();
      level -= 1;
    },
  };
}

function atLeast(least: number, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`);
    }
  }
}

function milliseconds(values: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value >= 0 && value <= 2_147_483_647)) {
      throw new RangeError(`${name} must be from 0 to 2147483647 ms, got ${value}`);
    }
  }
}
