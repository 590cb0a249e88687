import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList } from "@pattern-labs/primitives/linked-list";
import { RingBuffer } from "@pattern-labs/primitives/ring-buffer";
import type {
  Admission,
  AdmissionControl,
  AdmissionOptions,
  BufferOptions,
  Bulkhead,
  BulkheadOptions,
  EventBuffer,
  Lab,
  Policy,
  Priority,
  RunOptions,
  Work,
} from "../../contract.ts";

const policies: readonly unknown[] = ["block", "drop-newest", "drop-oldest", "refuse"] satisfies Policy[];

interface Producer<T> {
  readonly event: T;
  readonly signal: AbortSignal | undefined;
  /** Its event has a place now. */
  accept(): void;
  reject(error: unknown): void;
}

export function createBuffer<T>({ limit, policy = "block", onDrop }: BufferOptions<T>): EventBuffer<T> {
  checkWhole("limit", limit, 1);
  if (!policies.includes(policy)) {
    throw new RangeError(`policy must be one of ${policies.join(", ")}, got ${String(policy)}`);
  }
  const buffered = new RingBuffer<T>(limit);
  const producers = new LinkedList<Producer<T>>(); // Nobody waits here unless the buffer is full.
  const consumers = new LinkedList<(result: IteratorResult<T, undefined>) => void>(); // Unless it is empty.
  let closed = false;
  let offered = 0;
  let delivered = 0;
  let dropped = 0;
  let refused = 0;
  let cancelled = 0;

  /** A place is free: it belongs to the first that waits. Its signal may have aborted without having told it yet. */
  const fillPlace = () => {
    for (let first = producers.shift(); first !== undefined; first = producers.shift()) {
      if (first.signal?.aborted) {
        cancelled += 1;
        first.reject(first.signal.reason);
        continue;
      }
      buffered.push(first.event);
      first.accept();
      return;
    }
  };

  const waitForPlace = (event: T, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const place = producers.push({
        event,
        signal,
        accept: () => {
          withdraw();
          resolve();
        },
        reject: (error) => {
          withdraw();
          reject(error);
        },
      });
      const withdraw = onAbort(signal, () => {
        if (!producers.remove(place)) return; // It was accepted or refused before.
        cancelled += 1;
        reject(signal?.reason);
      });
    });

  const untold: T[] = [];
  let telling = false;
  /** In a loop, not by recursion: `onDrop` may offer again, which may drop again, and so on, as deep as it likes. */
  const tellOf = (victim: T) => {
    if (onDrop === undefined) return;
    untold.push(victim);
    if (telling) return; // The loop below comes to it.
    telling = true;
    try {
      while (untold.length > 0) onDrop(untold.shift() as T);
    } finally {
      telling = false;
    }
  };

  const next = (): Promise<IteratorResult<T, undefined>> => {
    if (buffered.size > 0) {
      const value = buffered.shift() as T;
      delivered += 1;
      fillPlace();
      return Promise.resolve({ done: false, value });
    }
    if (closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => consumers.push(resolve));
  };

  return {
    async offer(event, options) {
      offered += 1;
      const signal = options?.signal;
      if (signal?.aborted) {
        cancelled += 1;
        throw signal.reason;
      }
      if (closed) {
        refused += 1;
        throw new BufferClosedError();
      }
      const hand = consumers.shift();
      if (hand !== undefined) {
        delivered += 1;
        hand({ done: false, value: event });
        return;
      }
      if (!buffered.isFull) {
        buffered.push(event);
        return;
      }
      if (policy === "refuse") {
        refused += 1;
        throw new BufferFullError(limit);
      }
      if (policy === "block") {
        await waitForPlace(event, signal);
        return;
      }
      let victim = event;
      if (policy === "drop-oldest") {
        victim = buffered.shift() as T;
        buffered.push(event);
      }
      dropped += 1;
      tellOf(victim);
    },

    [Symbol.asyncIterator]() {
      let left = false;
      return {
        next: () => (left ? Promise.resolve({ done: true, value: undefined }) : next()),
        return: () => {
          left = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },

    close() {
      if (closed) return;
      closed = true;
      for (let first = producers.shift(); first !== undefined; first = producers.shift()) {
        if (first.signal?.aborted) {
          cancelled += 1;
          first.reject(first.signal.reason);
        } else {
          refused += 1;
          first.reject(new BufferClosedError());
        }
      }
      for (let hand = consumers.shift(); hand !== undefined; hand = consumers.shift()) {
        hand({ done: true, value: undefined });
      }
    },

    counts() {
      const waiting = producers.size;
      return { offered, delivered, dropped, refused, cancelled, buffered: buffered.size, waiting };
    },
  };
}

export function createAdmission(options: AdmissionOptions): AdmissionControl {
  const { limit, keptForHigh, maxRetryAfterSeconds = 1, random = Math.random } = options;
  checkWhole("limit", limit, 1);
  checkWhole("keptForHigh", keptForHigh, 0, limit - 1);
  checkWhole("maxRetryAfterSeconds", maxRetryAfterSeconds, 1);
  let inFlight = 0;

  const enter = (priority: Priority): Admission => {
    const places = priority === "high" ? limit : limit - keptForHigh;
    if (inFlight >= places) {
      const status = inFlight >= limit ? 503 : 429;
      return { admitted: false, status, retryAfterSeconds: 1 + Math.floor(random() * maxRetryAfterSeconds) };
    }
    inFlight += 1;
    let inside = true;
    return {
      admitted: true,
      leave() {
        if (!inside) return;
        inside = false;
        inFlight -= 1;
      },
    };
  };

  return {
    enter,
    get inFlight() {
      return inFlight;
    },
    guard(handle) {
      return async (request, response) => {
        const admission = enter(request.headers["x-priority"] === "high" ? "high" : "normal");
        if (!admission.admitted) {
          response.writeHead(admission.status, { "Retry-After": String(admission.retryAfterSeconds) });
          response.end();
          return;
        }
        const controller = new AbortController();
        const closed = () => {
          if (!response.writableFinished) controller.abort(new ClientGoneError());
        };
        response.on("close", closed);
        try {
          await handle(request, response, { signal: controller.signal });
        } finally {
          response.off("close", closed);
          admission.leave();
        }
      };
    },
  };
}

const longestWaitMs = 2 ** 31 - 1;

function checkBulkhead({ limitPerKey, waitingPerKey, waitLimitMs }: BulkheadOptions): void {
  checkWhole("limitPerKey", limitPerKey, 1);
  checkWhole("waitingPerKey", waitingPerKey, 0);
  if (waitLimitMs === undefined || (waitLimitMs >= 0 && waitLimitMs <= longestWaitMs)) return;
  throw new RangeError(`waitLimitMs must be from 0 to ${longestWaitMs}, got ${String(waitLimitMs)}`);
}

interface Lane {
  running: number;
  readonly line: LinkedList<() => void>;
}

export function createBulkhead(options: BulkheadOptions): Bulkhead {
  checkBulkhead(options);
  const { limitPerKey, waitingPerKey, waitLimitMs } = options;
  const lanes = new Map<string, Lane>();

  const laneOf = (key: string): Lane => {
    const lane = lanes.get(key) ?? { running: 0, line: new LinkedList<() => void>() };
    lanes.set(key, lane);
    return lane;
  };

  /** The place goes to the first that waits without ever being free. */
  const release = (key: string, lane: Lane) => {
    const enter = lane.line.shift();
    if (enter !== undefined) return enter();
    lane.running -= 1;
    if (lane.running === 0) lanes.delete(key);
  };

  return {
    run<R>(key: string, work: Work<R>, { signal }: RunOptions = {}): Promise<R> {
      return new Promise<R>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const lane = laneOf(key);
        const start = () => {
          const controller = new AbortController();
          const withdraw = onAbort(signal, () => controller.abort(signal?.reason));
          Promise.try(work, { signal: controller.signal })
            .finally(() => {
              withdraw();
              release(key, lane);
            })
            .then(resolve as (value: unknown) => void, reject);
        };
        if (lane.running < limitPerKey) {
          lane.running += 1;
          return start();
        }
        if (lane.line.size >= waitingPerKey) return reject(new BulkheadFullError(key));

        let timer: ReturnType<typeof setTimeout> | undefined;
        const place = lane.line.push(() => {
          clearTimeout(timer);
          withdraw();
          start();
        });
        const leave = (error: unknown) => {
          lane.line.remove(place);
          clearTimeout(timer);
          withdraw();
          reject(error);
        };
        const withdraw = onAbort(signal, () => leave(signal?.reason));
        if (waitLimitMs !== undefined)
          timer = setTimeout(() => leave(new TimeoutError(waitLimitMs)), waitLimitMs);
      });
    },

    load: () => new Map([...lanes].map(([key, { running, line }]) => [key, { running, waiting: line.size }])),
  };
}

class BufferFullError extends Error {
  override readonly name = "BufferFullError";
  readonly limit: number;
  constructor(limit: number) {
    super(`The buffer is full: it takes ${limit} events`);
    this.limit = limit;
  }
}

class BufferClosedError extends Error {
  override readonly name = "BufferClosedError";
  constructor() {
    super("The buffer is closed");
  }
}

class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";
  constructor() {
    super("The client has gone before it had its answer");
  }
}

class BulkheadFullError extends Error {
  override readonly name = "BulkheadFullError";
  readonly key: string;
  constructor(key: string) {
    super(`Too many wait for ${JSON.stringify(key)}`);
    this.key = key;
  }
}

class TimeoutError extends Error {
  override readonly name = "TimeoutError";
  constructor(ms: number) {
    super(`No place became free within ${ms} ms`);
  }
}

function checkWhole(option: string, value: number, from: number, to = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw new RangeError(`${option} must be a whole number from ${from} to ${to}, got ${String(value)}`);
}

export const attempted: Lab["attempted"] = [];
