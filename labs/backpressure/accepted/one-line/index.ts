import { onAbort } from "@pattern-labs/primitives/abort";
import { LinkedList, type LinkedListNode } from "@pattern-labs/primitives/linked-list";
import { sleep } from "@pattern-labs/primitives/sleep";
import type {
  Admission,
  AdmissionControl,
  AdmissionOptions,
  BufferOptions,
  Bulkhead,
  BulkheadOptions,
  Counts,
  EventBuffer,
  Priority,
  RunOptions,
  Work,
} from "../../contract.ts";

/**
 * One line for events that are buffered and events whose producers wait: the first `limit` of it are the buffer. There is
 * nothing to hand over; whoever moves up to place `limit` is told.
 */
interface Entry<T> {
  readonly event: T;
  /** Missing once it is accepted. */
  producer?:
    | { resolve(): void; reject(reason: unknown): void; withdraw(): void; leaveIfGone(): void }
    | undefined;
}

export function createBuffer<T>(options: BufferOptions<T>): EventBuffer<T> {
  const { limit, policy = "block", onDrop } = options;
  wholeNumber("limit", limit, 1);
  if (!["block", "drop-newest", "drop-oldest", "refuse"].includes(policy)) {
    throw new RangeError(`policy must be one of the four, got ${policy}`);
  }
  const line = new LinkedList<Entry<T>>();
  const hungry: ((result: IteratorResult<T, undefined>) => void)[] = [];
  let closed = false;
  let accepted = 0; // In the line, and without a producer that waits.
  const tally = { offered: 0, delivered: 0, dropped: 0, refused: 0, cancelled: 0 };

  function offer(event: T, signal: AbortSignal | undefined): Promise<void> | void {
    tally.offered += 1;
    if (signal?.aborted) {
      tally.cancelled += 1;
      throw signal.reason;
    }
    if (closed) {
      tally.refused += 1;
      throw named("BufferClosedError", "the buffer is closed");
    }
    const eater = hungry.shift();
    if (eater) {
      tally.delivered += 1;
      eater({ done: false, value: event });
      return;
    }
    if (accepted < limit) {
      line.push({ event });
      accepted += 1;
      return;
    }
    if (policy === "block") return wait(event, signal);
    if (policy === "refuse") {
      tally.refused += 1;
      throw named("BufferFullError", "the buffer is full", { limit });
    }
    tally.dropped += 1;
    const lost = policy === "drop-newest" ? event : (line.shift() as Entry<T>).event;
    if (policy === "drop-oldest") line.push({ event });
    onDrop?.(lost);
  }

  function wait(event: T, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry: Entry<T> = { event };
    const node = line.push(entry);
    const leave = () => {
      line.remove(node);
      tally.cancelled += 1;
      reject(signal?.reason);
    };
    const withdraw = onAbort(signal, leave);
    const leaveIfGone = () => {
      if (!signal?.aborted) return;
      withdraw();
      leave();
    };
    entry.producer = { resolve, reject, withdraw, leaveIfGone };
    return promise;
  }

  function next(): Promise<IteratorResult<T, undefined>> {
    const first = line.shift();
    if (first) {
      accepted -= 1;
      tally.delivered += 1;
      moveUp();
      return Promise.resolve({ done: false, value: first.event });
    }
    if (closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => hungry.push(resolve));
  }

  function moveUp(): void {
    dismissGone();
    for (const entry of line) {
      const { producer } = entry;
      if (producer === undefined) continue;
      entry.producer = undefined;
      accepted += 1;
      producer.withdraw();
      producer.resolve();
      return;
    }
  }

  /** Those whose signal has aborted, but who have not heard of it yet. */
  function dismissGone(): void {
    for (const { producer } of line) producer?.leaveIfGone();
  }

  function close(): void {
    closed = true;
    dismissGone();
    for (const eater of hungry.splice(0)) eater({ done: true, value: undefined });
    const kept = [...line].filter(({ producer }) => producer === undefined);
    const waiting = [...line].filter(({ producer }) => producer !== undefined);
    while (line.size > 0) line.shift();
    for (const entry of kept) line.push(entry);
    for (const { producer } of waiting) {
      tally.refused += 1;
      producer?.withdraw();
      producer?.reject(named("BufferClosedError", "the buffer is closed"));
    }
  }

  return {
    offer: async (event, { signal } = {}) => await offer(event, signal),
    [Symbol.asyncIterator]: () => ({
      next,
      return: () => Promise.resolve({ done: true as const, value: undefined }),
    }),
    close,
    counts: (): Counts => ({ ...tally, buffered: accepted, waiting: line.size - accepted }),
  };
}

export function createAdmission(options: AdmissionOptions): AdmissionControl {
  const { limit, keptForHigh, maxRetryAfterSeconds = 1, random = Math.random } = options;
  wholeNumber("limit", limit, 1);
  wholeNumber("keptForHigh", keptForHigh, 0);
  if (keptForHigh >= limit) throw new RangeError(`keptForHigh must be below limit, got ${keptForHigh}`);
  wholeNumber("maxRetryAfterSeconds", maxRetryAfterSeconds, 1);
  const inside = new Set<object>();

  const enter = (priority: Priority): Admission => {
    const free = limit - inside.size;
    if (free > (priority === "high" ? 0 : keptForHigh)) {
      const ticket = {};
      inside.add(ticket);
      return { admitted: true, leave: () => void inside.delete(ticket) };
    }
    const retryAfterSeconds = 1 + Math.floor(random() * maxRetryAfterSeconds);
    return { admitted: false, status: free > 0 ? 429 : 503, retryAfterSeconds };
  };

  return {
    enter,
    get inFlight() {
      return inside.size;
    },
    guard: (handle) => (request, response) => {
      const answer = enter(request.headers["x-priority"] === "high" ? "high" : "normal");
      if (!answer.admitted) {
        response.writeHead(answer.status, { "Retry-After": `${answer.retryAfterSeconds}` });
        response.end();
        return Promise.resolve();
      }
      const client = new AbortController();
      const onClose = () => {
        if (response.writableFinished) return;
        client.abort(named("ClientGoneError", "the client has gone"));
      };
      response.on("close", onClose);
      return new Promise<void>((resolve) => {
        resolve(handle(request, response, { signal: client.signal }));
      }).finally(() => {
        response.off("close", onClose);
        answer.leave();
      });
    },
  };
}

interface Room {
  running: number;
  readonly line: LinkedList<() => void>;
}

export function createBulkhead({ limitPerKey, waitingPerKey, waitLimitMs }: BulkheadOptions): Bulkhead {
  wholeNumber("limitPerKey", limitPerKey, 1);
  wholeNumber("waitingPerKey", waitingPerKey, 0);
  if (waitLimitMs !== undefined && !(waitLimitMs >= 0 && waitLimitMs <= 2_147_483_647)) {
    throw new RangeError(`waitLimitMs must be from 0 to 2147483647, got ${waitLimitMs}`);
  }
  const rooms = new Map<string, Room>();

  async function run<R>(key: string, work: Work<R>, { signal }: RunOptions = {}): Promise<R> {
    signal?.throwIfAborted();
    const room = rooms.get(key) ?? { running: 0, line: new LinkedList() };
    rooms.set(key, room);
    if (room.running >= limitPerKey) {
      if (room.line.size >= waitingPerKey) throw named("BulkheadFullError", `${key} is full`, { key });
      await lineUp(room, signal);
    } else room.running += 1;
    try {
      signal?.throwIfAborted();
      const controller = new AbortController();
      const withdraw = onAbort(signal, () => controller.abort(signal?.reason));
      try {
        return await work({ signal: controller.signal });
      } finally {
        withdraw();
      }
    } finally {
      const next = room.line.shift();
      if (next) next();
      else room.running -= 1;
      if (room.running === 0) rooms.delete(key);
    }
  }

  async function lineUp(room: Room, signal: AbortSignal | undefined): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const place: LinkedListNode<() => void> = room.line.push(turn.resolve);
    const leave = (reason: unknown) => {
      if (room.line.remove(place)) turn.reject(reason);
    };
    const withdraw = onAbort(signal, () => leave(signal?.reason));
    const patience = new AbortController();
    if (waitLimitMs !== undefined) {
      sleep(waitLimitMs, { signal: patience.signal }).then(
        () => leave(named("TimeoutError", `waited for ${waitLimitMs} ms`)),
        () => {},
      );
    }
    try {
      await turn.promise;
    } finally {
      withdraw();
      patience.abort();
    }
  }

  return {
    run,
    load: () => new Map([...rooms].map(([key, { running, line }]) => [key, { running, waiting: line.size }])),
  };
}

const named = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });

function wholeNumber(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be a whole number from ${least}, got ${value}`);
}
