import type {
  Admission,
  AdmissionControl,
  AdmissionOptions,
  BufferOptions,
  Bulkhead,
  BulkheadOptions,
  EventBuffer,
  Handler,
  HttpRequest,
  HttpResponse,
  LatestBuffer,
  LatestOptions,
  Policy,
  Priority,
  RunOptions,
  Work,
} from "../../contract.ts";

/** Without any primitive: plain arrays, async generators, `AbortSignal` by hand. */
class Named extends Error {
  readonly limit: number | undefined;
  readonly key: string | undefined;

  constructor(name: string, { limit, key }: { limit?: number; key?: string } = {}) {
    super(`${name}${key === undefined ? "" : ` of ${key}`}`);
    this.name = name;
    this.limit = limit;
    this.key = key;
  }
}

interface Waiter<T> {
  readonly value: T;
  settle(error?: { readonly reason: unknown }): void;
  /** Whether its signal has aborted, be it that its own listener has not been called yet: then it is settled. */
  isGone(): boolean;
}

/** Joins `line`, until somebody calls `settle`, or the signal aborts. */
function standInLine<T>(line: Waiter<T>[], value: T, signal?: AbortSignal, onQuit = () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const quit = () => {
      line.splice(line.indexOf(waiter), 1);
      onQuit();
      waiter.settle({ reason: signal?.reason });
    };
    const waiter: Waiter<T> = {
      value,
      settle(error) {
        signal?.removeEventListener("abort", quit);
        if (error) reject(error.reason);
        else resolve();
      },
      isGone() {
        if (!signal?.aborted) return false;
        onQuit();
        waiter.settle({ reason: signal.reason });
        return true;
      },
    };
    signal?.addEventListener("abort", quit);
    line.push(waiter);
  });
}

class Buffer<T> implements EventBuffer<T> {
  #events: T[] = [];
  #producers: Waiter<T>[] = [];
  #consumers: ((delivery: { readonly event: T } | undefined) => void)[] = [];
  #closed = false;
  #offered = 0;
  #delivered = 0;
  #dropped = 0;
  #refused = 0;
  #cancelled = 0;
  readonly #limit: number;
  readonly #policy: Policy;
  readonly #onDrop: ((event: T) => void) | undefined;

  constructor({ limit, policy = "block", onDrop }: BufferOptions<T>) {
    check("limit", limit, limit >= 1);
    if (!/^(block|drop-(newest|oldest)|refuse)$/.test(policy)) throw new RangeError(`policy: got ${policy}`);
    this.#limit = limit;
    this.#policy = policy;
    this.#onDrop = onDrop;
  }

  async offer(event: T, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    this.#offered += 1;
    if (signal?.aborted) {
      this.#cancelled += 1;
      throw signal.reason;
    }
    if (this.#closed) return this.#refuse("BufferClosedError");
    if (this.#consumers.length > 0) {
      this.#delivered += 1;
      this.#consumers.shift()?.({ event });
    } else if (this.#events.length < this.#limit) this.#events.push(event);
    else if (this.#policy === "refuse") this.#refuse("BufferFullError");
    else if (this.#policy === "block") {
      await standInLine(this.#producers, event, signal, () => {
        this.#cancelled += 1;
      });
    } else {
      const all = [...this.#events, event];
      const lost = all.splice(this.#policy === "drop-newest" ? -1 : 0, 1);
      this.#events = all;
      this.#dropped += 1;
      for (const one of lost) this.#onDrop?.(one);
    }
  }

  #refuse(name: string): never {
    this.#refused += 1;
    throw new Named(name, { limit: this.#limit });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      if (this.#events.length > 0) {
        const event = this.#events.shift() as T;
        this.#delivered += 1;
        let producer = this.#producers.shift();
        while (producer?.isGone()) producer = this.#producers.shift();
        if (producer) {
          this.#events.push(producer.value);
          producer.settle();
        }
        yield event;
      } else if (this.#closed) return;
      else {
        const delivery = await new Promise<{ readonly event: T } | undefined>((resolve) =>
          this.#consumers.push(resolve),
        );
        if (delivery === undefined) return;
        yield delivery.event;
      }
    }
  }

  close(): void {
    this.#closed = true;
    for (const consumer of this.#consumers.splice(0)) consumer(undefined);
    for (const producer of this.#producers.splice(0)) {
      if (producer.isGone()) continue;
      this.#refused += 1;
      producer.settle({ reason: new Named("BufferClosedError") });
    }
  }

  counts() {
    return {
      offered: this.#offered,
      delivered: this.#delivered,
      dropped: this.#dropped,
      refused: this.#refused,
      cancelled: this.#cancelled,
      buffered: this.#events.length,
      waiting: this.#producers.length,
    };
  }
}

export const createBuffer = <T>(options: BufferOptions<T>): EventBuffer<T> => new Buffer(options);

export function createAdmission(options: AdmissionOptions): AdmissionControl {
  const { limit, keptForHigh, maxRetryAfterSeconds = 1, random = Math.random } = options;
  check("limit", limit, limit >= 1);
  check("keptForHigh", keptForHigh, keptForHigh >= 0 && keptForHigh < limit);
  check("maxRetryAfterSeconds", maxRetryAfterSeconds, maxRetryAfterSeconds >= 1);
  let free = limit;
  function enter(priority: Priority): Admission {
    const mine = priority === "high" ? free : free - keptForHigh;
    if (mine <= 0) {
      const retryAfterSeconds = 1 + Math.floor(random() * maxRetryAfterSeconds);
      return { admitted: false, status: free === 0 ? 503 : 429, retryAfterSeconds };
    }
    free -= 1;
    let leave = () => {
      free += 1;
      leave = () => {};
    };
    return { admitted: true, leave: () => leave() };
  }
  async function serve<Q extends HttpRequest, S extends HttpResponse>(
    handle: Handler<Q, S>,
    request: Q,
    response: S,
  ): Promise<void> {
    const admission = enter(request.headers["x-priority"] === "high" ? "high" : "normal");
    if (!admission.admitted) {
      response.writeHead(admission.status, { "Retry-After": admission.retryAfterSeconds.toString() });
      response.end();
      return;
    }
    const controller = new AbortController();
    const gone = () => {
      if (response.writableFinished === false) controller.abort(new Named("ClientGoneError"));
    };
    response.on("close", gone);
    try {
      await handle(request, response, { signal: controller.signal });
    } finally {
      response.off("close", gone);
      admission.leave();
    }
  }
  return {
    enter,
    get inFlight() {
      return limit - free;
    },
    guard: (handle) => (request, response) => serve(handle, request, response),
  };
}

export function createBulkhead({ limitPerKey, waitingPerKey, waitLimitMs }: BulkheadOptions): Bulkhead {
  check("limitPerKey", limitPerKey, limitPerKey >= 1);
  check("waitingPerKey", waitingPerKey, waitingPerKey >= 0);
  if (waitLimitMs !== undefined) {
    check(
      "waitLimitMs",
      waitLimitMs,
      waitLimitMs >= 0 && waitLimitMs < 2 ** 31,
      Number.isFinite(waitLimitMs),
    );
  }
  const running = new Map<string, number>();
  const lines = new Map<string, { begin(): void }[]>();
  const lineOf = (key: string) => lines.get(key) ?? lines.set(key, []).get(key) ?? [];
  const runningOf = (key: string) => running.get(key) ?? 0;

  /** The one that ends begins the next itself: a place is never on its way to somebody. */
  function begin<R>(key: string, work: Work<R>, signal: AbortSignal): Promise<R> {
    running.set(key, runningOf(key) + 1);
    return (async () => await work({ signal }))().finally(() => {
      running.set(key, runningOf(key) - 1);
      lineOf(key).shift()?.begin();
      if (lineOf(key).length === 0) lines.delete(key);
      if (runningOf(key) === 0) running.delete(key);
    });
  }

  function run<R>(key: string, work: Work<R>, { signal }: RunOptions = {}): Promise<R> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const start = () => resolve(begin(key, work, signal ?? new AbortController().signal));
      if (runningOf(key) < limitPerKey) return start();
      const line = lineOf(key);
      if (line.length >= waitingPerKey) throw new Named("BulkheadFullError", { key });
      const leave = (reason: unknown) => {
        line.splice(line.indexOf(place), 1);
        settle();
        reject(reason);
      };
      const abort = () => leave(signal?.reason);
      const timer =
        waitLimitMs === undefined
          ? undefined
          : setTimeout(() => leave(new Named("TimeoutError", { key })), waitLimitMs);
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const place = {
        begin() {
          settle();
          start();
        },
      };
      signal?.addEventListener("abort", abort);
      line.push(place);
    });
  }

  return {
    run,
    load: () =>
      new Map(
        [...running].map(([key, count]) => [key, { running: count, waiting: lines.get(key)?.length ?? 0 }]),
      ),
  };
}

/** Hands a value over as it comes, if the loop waits. */
export function createLatest<K, V>({ limit }: LatestOptions): LatestBuffer<K, V> {
  check("limit", limit, limit >= 1);
  const waiting = new Map<K, V>();
  const counts = { put: 0, delivered: 0, replaced: 0, refused: 0 };
  let closed = false;
  let loop: ((pair: readonly [K, V] | undefined) => void) | undefined;
  return {
    put(key, value) {
      counts.put += 1;
      const isFull = waiting.size >= limit && !waiting.has(key);
      if (closed || (isFull && loop === undefined)) {
        counts.refused += 1;
        throw new Named(closed ? "BufferClosedError" : "BufferFullError", { limit });
      }
      if (loop) {
        counts.delivered += 1;
        loop([key, value]);
        loop = undefined;
        return;
      }
      if (waiting.has(key)) counts.replaced += 1;
      waiting.set(key, value); // A Map keeps the place of a key that it has.
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const [first] = waiting;
        if (first) {
          waiting.delete(first[0]);
          counts.delivered += 1;
          yield first;
        } else if (closed) return;
        else {
          const pair = await new Promise<readonly [K, V] | undefined>((resolve) => {
            loop = resolve;
          });
          if (pair === undefined) return;
          yield pair;
        }
      }
    },
    close() {
      closed = true;
      loop?.(undefined);
      loop = undefined;
    },
    counts: () => ({ ...counts, waiting: waiting.size }),
  };
}

export const attempted = ["latest"] as const;

function check(name: string, value: number, inRange: boolean, isWhole = Number.isInteger(value)): void {
  if (!inRange || !isWhole) throw new RangeError(`${name} is out of range, got ${value}`);
}
