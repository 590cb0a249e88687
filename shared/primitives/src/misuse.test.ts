/**
 * Misuse, across all primitives: what is not right is refused at the call, in one wording, whether there would be
 * anything to wait for or not; and nothing has begun. What is right and wrong of one number stands beside each primitive.
 */
import { describe, expect, it, vi } from "vitest";
import { isAbort, onAbort, runUnder } from "./abort.ts";
import { Barrier } from "./barrier.ts";
import { batch } from "./batch.ts";
import { Bulkhead } from "./bulkhead.ts";
import { Channel } from "./channel.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { Exchange } from "./exchange.ts";
import { FailureRate } from "./failure-rate.ts";
import { FreshLoads } from "./fresh-loads.ts";
import { Histogram } from "./histogram.ts";
import { LinkedList } from "./linked-list.ts";
import { LruCache } from "./lru-cache.ts";
import { mapConcurrent } from "./map-concurrent.ts";
import { merge } from "./merge.ts";
import { Mutex } from "./mutex.ts";
import { once } from "./once.ts";
import { orDone } from "./or-done.ts";
import { PriorityQueue } from "./priority-queue.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { RecencyList } from "./recency-list.ts";
import { ResourcePool } from "./resource-pool.ts";
import { decorrelatedJitterMs, fullJitterMs, retry } from "./retry.ts";
import { RingBuffer } from "./ring-buffer.ts";
import { RwLock } from "./rw-lock.ts";
import { receiveFrom, select, sendTo, trySelect } from "./select.ts";
import { Semaphore } from "./semaphore.ts";
import { SharedCounter } from "./shared-counter.ts";
import { SharedMutex } from "./shared-mutex.ts";
import { Singleflight } from "./singleflight.ts";
import { sleep } from "./sleep.ts";
import { SlotHeap } from "./slot-heap.ts";
import { Source } from "./source.ts";
import { streamConcurrent } from "./stream-concurrent.ts";
import { TaskGroup } from "./task-group.ts";
import { tee } from "./tee.ts";
import { ThreadPool } from "./thread-pool.ts";
import { timeout } from "./timeout.ts";
import { startTimer } from "./timer.ts";
import { TopicTree } from "./topic-tree.ts";
import { WaitGroup } from "./wait-group.ts";
import { WaitQueue } from "./wait-queue.ts";

/** What a caller gives who has no types: anything, in any place. */
type Anything = ReturnType<typeof JSON.parse>;
const as = (value: unknown): Anything => value;

const task = vi.fn();
const module = new URL("data:text/javascript,export default () => 1");
const sourceOf = async function* <T>(...values: T[]) {
  yield* values;
};
const poolOf = (wrong: object) =>
  new ResourcePool(as({ limit: 1, create: () => 1, destroy: () => {}, ...wrong }));
const cacheOf = (wrong: object) => new LruCache<string, number>(as({ limit: 1, ...wrong }));

type Case = [message: string, call: () => unknown];

/** Each is refused with this `RangeError`. */
const outOfRange: Case[] = [
  [
    'Cannot batch: withinMs must be a positive number of milliseconds, got "20"',
    () => batch(sourceOf(1), { limit: 1, withinMs: as("20") }),
  ],
  ["Cannot create Barrier: parties must be a whole number from 1, got 2n", () => new Barrier(as(2n))],
  ['Cannot create Channel: capacity must be a whole number from 0, got "2"', () => new Channel(as("2"))],
  ["Cannot create Exchange: capacity must be a whole number from 0, got -1", () => new Exchange(-1)],
  [
    'Cannot create Histogram: lowest must be a finite number above 0, at least 2^-1022, got "1"',
    () => new Histogram({ lowest: as("1") }),
  ],
  [
    "Cannot create Histogram: highest must be a finite number above lowest, which is 0.001, got 5n",
    () => new Histogram({ highest: as(5n) }),
  ],
  [
    'Cannot create Histogram: relativeError must be a number of at least 0.000001, below 1, got "0.1"',
    () => new Histogram({ relativeError: as("0.1") }),
  ],
  [
    "Cannot create LruCache: limit must be a whole number from 1 below 2^31, got 2147483648",
    () => cacheOf({ limit: 2 ** 31 }),
  ],
  [
    "Cannot create RecencyList: limit must be a whole number from 1 below 2^31, got 0",
    () => new RecencyList(0),
  ],
  [
    "Cannot create RateLimiter: burst must be a whole number from 1, got undefined",
    () => new RateLimiter(as({ ratePerSecond: 1 })),
  ],
  [
    'Cannot create ThreadPool: graceMs must be a number of milliseconds, at least 0, got "2"',
    () => new ThreadPool(module, { graceMs: as("2") }),
  ],
  [
    "Cannot create ThreadPool: graceMs must be a number of milliseconds, at least 0, got null",
    () => new ThreadPool(module, { graceMs: as(null) }),
  ],
  [
    "Cannot create Semaphore: limit must be a whole number from 1, got an object",
    () => new Semaphore(as({})),
  ],
  [
    "Cannot acquire from Semaphore: weight must be a whole number from 1, got null",
    () => new Semaphore(1).acquire({ weight: as(null) }),
  ],
  [
    'Cannot acquire from Semaphore: weight must be a whole number from 1, got "9"',
    () => new Semaphore(1).acquire({ weight: as("9") }),
  ],
  [
    "Cannot acquire from RateLimiter: count must be a whole number from 1, got null",
    () => new RateLimiter({ ratePerSecond: 1, burst: 1 }).acquire({ count: as(null) }),
  ],
  [
    "Cannot map concurrently: lookAhead must be at least the limit, which is 4, and an integer or Infinity, got 2",
    () => streamConcurrent([1], task, { limit: 4, lookAhead: 2 }),
  ],
  ['Cannot look into RingBuffer: index must be a number, got "0"', () => new RingBuffer(1).at(as("0"))],
  [
    'Cannot record in FailureRate: outcome must be "success" or "failure", got "failed"',
    () => new FailureRate({ atLeast: 1, windowMs: 1, minimumCalls: 1 }).record(as("failed")),
  ],
  [
    'Cannot retry: jitter must be "full" or "decorrelated", got "none"',
    () => retry(task, { jitter: as("none") }),
  ],
  ["Cannot retry: baseDelayMs must be finite, got Infinity", () => retry(task, { baseDelayMs: Infinity })],
  ["Cannot draw a delay: failures must be a whole number from 1, got 0", () => fullJitterMs(0)],
  ['Cannot draw a delay: failures must be a whole number from 1, got "2"', () => fullJitterMs(as("2"))],
  [
    "Cannot draw a delay: maxDelayMs must be a number of milliseconds, at least 0, got -1",
    () => fullJitterMs(1, { maxDelayMs: -1 }),
  ],
  [
    "Cannot draw a delay: random must give a number from 0 to 1, got NaN",
    () => fullJitterMs(1, { random: () => Number.NaN }),
  ],
  [
    "Cannot draw a delay: previousMs must be a number of milliseconds, at least 0, got NaN",
    () => decorrelatedJitterMs(Number.NaN),
  ],
  [
    "Cannot draw a delay: baseDelayMs must be a number of milliseconds, at least 0, got NaN",
    () => decorrelatedJitterMs(1, { baseDelayMs: Number.NaN }),
  ],
  [
    "Cannot draw a delay: random must give a number from 0 to 1, got 2",
    () => decorrelatedJitterMs(1, { random: () => 2 }),
  ],
  ['Cannot sleep: ms must be a number of milliseconds, got "5"', () => sleep(as("5"))],
  [
    "Cannot add to SharedCounter: count must be an integer between -2^53 and 2^53, got 1.5",
    () => new SharedCounter().tryAdd(1.5, { limit: 1 }),
  ],
  [
    'Cannot add to SharedCounter: limit must be an integer between -2^53 and 2^53, got "1"',
    () => new SharedCounter().tryAdd(1, { limit: as("1") }),
  ],
  [
    'Cannot run under a timeout: ms must be a number of milliseconds, got "5"',
    () => timeout(task, { ms: as("5") }),
  ],
  [
    "Cannot queue in PriorityQueue: compare must give a number for NaN, got NaN",
    () => new PriorityQueue<string>({ compare: (a, b) => a - b }).push("lost", Number.NaN),
  ],
  [
    "Cannot queue in PriorityQueue: compare must give a number for 5, got false",
    () => new PriorityQueue<string>({ compare: as((a: number, b: number) => a < b) }).push("lost", 5),
  ],
];

/** Each is refused with this `TypeError`. */
const wrongKind: Case[] = [
  // Tasks and other functions
  [
    "Cannot run on Bulkhead: task must be a function, got undefined",
    () => new Bulkhead({ limit: 1, queueLimit: 0 }).run(as(undefined)),
  ],
  [
    'Cannot call through CircuitBreaker: task must be a function, got "task"',
    () => new CircuitBreaker({ coolDownMs: 1 }).run(as("task")),
  ],
  [
    "Cannot load in FreshLoads: task must be a function, got undefined",
    () => new FreshLoads().run("key", as(undefined)),
  ],
  [
    "Cannot load in FreshLoads: task must be a function, got undefined",
    () => new FreshLoads().renew("key", as(undefined)),
  ],
  ["Cannot fetch from LruCache: load must be a function, got 5", () => cacheOf({}).fetch("key", as(5))],
  [
    "Cannot map concurrently: task must be a function, got an object",
    () => mapConcurrent([1], as({}), { limit: 1 }),
  ],
  [
    "Cannot map concurrently: task must be a function, got an object",
    () => streamConcurrent([1], as({}), { limit: 1 }),
  ],
  ["Cannot make a once: task must be a function, got a Promise", () => once(as(Promise.resolve(1)))],
  ["Cannot retry: task must be a function, got a Promise", () => retry(as(Promise.resolve(1)))],
  [
    "Cannot run in Singleflight: task must be a function, got undefined",
    () => new Singleflight().run("key", as(undefined)),
  ],
  [
    "Cannot start a task in TaskGroup: task must be a function, got undefined",
    () => new TaskGroup().go(as(undefined)),
  ],
  [
    "Cannot start a task in TaskGroup: task must be a function, got undefined",
    () => new TaskGroup().tryGo(as(undefined)),
  ],
  [
    "Cannot start a task in WaitGroup: task must be a function, got undefined",
    () => new WaitGroup().go(as(undefined)),
  ],
  [
    "Cannot run under a timeout: task must be a function, got undefined",
    () => timeout(as(undefined), { ms: 5 }),
  ],
  ["Cannot run under signals: task must be a function, got undefined", () => runUnder([], as(undefined))],
  ["Cannot start a timer: callback must be a function, got undefined", () => startTimer(1, as(undefined))],
  [
    "Cannot wait for an abort: leave must be a function, got undefined",
    () => onAbort(undefined, as(undefined)),
  ],
  [
    "Cannot wait in WaitQueue: left must be a function, if given, got 5",
    () => new WaitQueue().wait({}, as(5)),
  ],
  [
    "Cannot create ResourcePool: create must be a function, got undefined",
    () => poolOf({ create: undefined }),
  ],
  [
    "Cannot create ResourcePool: destroy must be a function, got undefined",
    () => poolOf({ destroy: undefined }),
  ],
  ["Cannot create ResourcePool: check must be a function, if given, got true", () => poolOf({ check: true })],
  ["Cannot create LruCache: onRemove must be a function, if given, got 5", () => cacheOf({ onRemove: 5 })],
  [
    "Cannot create CircuitBreaker: isFailure must be a function, if given, got 5",
    () => new CircuitBreaker({ coolDownMs: 1, isFailure: as(5) }),
  ],
  [
    "Cannot create CircuitBreaker: onStateChange must be a function, if given, got null",
    () => new CircuitBreaker({ coolDownMs: 1, onStateChange: as(null) }),
  ],
  [
    "Cannot create PriorityQueue: options must be an object of options, got a function",
    () => new PriorityQueue(as((a: number, b: number) => b - a)),
  ],
  [
    "Cannot create PriorityQueue: compare must be a function, if given, got 5",
    () => new PriorityQueue({ compare: as(5) }),
  ],
  ["Cannot create SlotHeap: compare must be a function, if given, got an object", () => new SlotHeap(as({}))],
  [
    "Cannot retry: isRetryable must be a function, if given, got true",
    () => retry(task, { isRetryable: as(true) }),
  ],
  [
    "Cannot retry: retryAfterMs must be a function, if given, got 50",
    () => retry(task, { retryAfterMs: as(50) }),
  ],
  ["Cannot retry: random must be a function, if given, got 0.5", () => retry(task, { random: as(0.5) })],
  [
    "Cannot draw a delay: random must be a function, if given, got 0.5",
    () => fullJitterMs(1, { random: as(0.5) }),
  ],
  [
    "Cannot select: random must be a function, if given, got 0.5",
    () => select({ a: receiveFrom(new Channel()) }, { random: as(0.5) }),
  ],
  // Sources
  [
    "Cannot merge: sources must be an iterable of async iterables, got an AsyncGenerator",
    () => merge(as(sourceOf(1))),
  ],
  [
    "Cannot merge: sources must be an iterable of async iterables, got a Channel",
    () => merge(as(new Channel()), as(new Channel())),
  ],
  ['Cannot merge: sources must be an iterable of async iterables, got ""', () => merge(as(""))],
  ["Cannot merge: each of sources must be an async iterable, got 1", () => merge(as([1]))],
  [
    "Cannot merge: options must be an object of options, got a Channel",
    () => merge([new Channel()], as(new Channel())),
  ],
  ["Cannot tee: source must be an async iterable, got an Array of 1", () => tee(as([1]), 2)],
  ["Cannot batch: source must be an async iterable, got an Array of 1", () => batch(as([1]), { limit: 1 })],
  ["Cannot read orDone: source must be an async iterable, got an Array of 1", () => orDone(as([1]))],
  [
    "Cannot read a Source: iterable must be an async iterable, got undefined",
    () => new Source(as(undefined)),
  ],
  [
    "Cannot map concurrently: values must be an iterable or an async iterable, got 5",
    () => mapConcurrent(as(5), task, { limit: 1 }),
  ],
  [
    "Cannot map concurrently: values must be an iterable or an async iterable, got null",
    () => streamConcurrent(as(null), task, { limit: 1 }),
  ],
  [
    "Cannot map concurrently: ordered must be true or false, got 1",
    () => streamConcurrent([1], task, { limit: 1, ordered: as(1) }),
  ],
  // Other things
  ["Cannot receive in a select: channel must be a Channel, got undefined", () => receiveFrom(as(undefined))],
  ["Cannot send in a select: channel must be a Channel, got an object", () => sendTo(as({}), 1)],
  [
    "Cannot select: a must be made by receiveFrom or sendTo, got a Channel",
    () => select({ a: as(new Channel()) }),
  ],
  ["Cannot select: a must be made by receiveFrom or sendTo, got null", () => trySelect({ a: as(null) })],
  ["Cannot select: cases must be an object of cases, got null", () => trySelect(as(null))],
  [
    'Cannot create ThreadPool: module must be a URL, got "./tasks.ts"',
    () => new ThreadPool(as("./tasks.ts")),
  ],
  [
    "Cannot create ThreadPool: worker must be an object of options, got 5",
    () => new ThreadPool(module, { worker: as(5) }),
  ],
  [
    "Cannot run in ThreadPool: task must be the name of a function, got a function",
    () => new ThreadPool(module).run(1, { task: as(() => 1) }),
  ],
  [
    "Cannot run in ThreadPool: transfer must be an Array, got an ArrayBuffer",
    () => new ThreadPool(module).run(1, { transfer: as(new ArrayBuffer(1)) }),
  ],
  [
    "Cannot run in ThreadPool: each of transfer must be an object that can be handed over, got 5",
    () => new ThreadPool(module).run(1, { transfer: as([5]) }),
  ],
  [
    "Cannot merge into Histogram: other must be a Histogram, got undefined",
    () => new Histogram().merge(as(undefined)),
  ],
  ["Cannot append to LinkedList: node must be a LinkedListNode, got 5", () => new LinkedList().append(as(5))],
  [
    "Cannot remove from LinkedList: node must be a LinkedListNode, got undefined",
    () => new LinkedList().remove(as(undefined)),
  ],
  [
    "Cannot find in PriorityQueue: place must be a PriorityQueuePlace, got undefined",
    () => new PriorityQueue().remove(as(undefined)),
  ],
  [
    "Cannot create SharedCounter: buffer must be that of another, a SharedArrayBuffer of 8 bytes, got an ArrayBuffer",
    () => new SharedCounter(as(new ArrayBuffer(8))),
  ],
  [
    "Cannot create SharedMutex: buffer must be that of another, a SharedArrayBuffer of 4 bytes, got null",
    () => new SharedMutex(as(null)),
  ],
  ["Cannot look for an abort: signal must be an AbortSignal, got undefined", () => isAbort(1, as(undefined))],
  [
    "Cannot wait for an abort: signal must be an AbortSignal, got an AbortController",
    () => onAbort(as(new AbortController()), task),
  ],
  [
    "Cannot run under signals: signals must be an Array of them, got an AbortSignal",
    () => runUnder(as(new AbortController().signal), task),
  ],
  [
    "Cannot run under signals: each of signals must be an AbortSignal, got 5",
    () => runUnder(as([undefined, 5]), task),
  ],
  [
    "Cannot use as a topic: it must be tokens between dots, none of them empty or with white space, no wildcard, got 5",
    () => new TopicTree().match(as(5)),
  ],
];

/** What takes options: by what it cannot do, each at a moment at which it would not have to wait. */
const withOptions: [doing: string, call: (options: Anything) => unknown][] = [
  ["wait at Barrier", (options) => new Barrier(1).wait(options)],
  ["batch", (options) => batch(sourceOf(1), options)],
  ["run on Bulkhead", (options) => new Bulkhead({ limit: 1, queueLimit: 0 }).run(task, options)],
  ["close Bulkhead", (options) => new Bulkhead({ limit: 1, queueLimit: 0 }).close(options)],
  ["send on Channel", (options) => new Channel(1).send(1, options)],
  ["receive from Channel", (options) => filled().receive(options)],
  ["receive from Channel", (options) => filled().receiveMany(1, options)],
  ["receive from Channel", (options) => filled().values(options)],
  ["call through CircuitBreaker", (options) => new CircuitBreaker({ coolDownMs: 1 }).run(task, options)],
  ["load in FreshLoads", (options) => new FreshLoads().run("key", task, options)],
  ["fetch from LruCache", (options) => cacheOf({}).fetch("key", task, options)],
  ["map concurrently", (options) => mapConcurrent([1], task, options)],
  ["map concurrently", (options) => streamConcurrent([1], task, options)],
  ["merge", (options) => merge([sourceOf(1)], options)],
  ["lock Mutex", (options) => new Mutex().lock(options)],
  ["ask a once", (options) => once(task)(options)],
  ["read orDone", (options) => orDone(sourceOf(1), options)],
  ["acquire from RateLimiter", (options) => new RateLimiter({ ratePerSecond: 1, burst: 1 }).acquire(options)],
  ["acquire from ResourcePool", (options) => poolOf({}).acquire(options)],
  ["retry", (options) => retry(task, options)],
  ["lock RwLock", (options) => new RwLock().lockRead(options)],
  ["lock RwLock", (options) => new RwLock().lockWrite(options)],
  ["select", (options) => select({ a: receiveFrom(filled()) }, options)],
  ["acquire from Semaphore", (options) => new Semaphore(1).acquire(options)],
  ["lock SharedMutex", (options) => new SharedMutex().lock(options)],
  ["run in Singleflight", (options) => new Singleflight().run("key", task, options)],
  ["sleep", (options) => sleep(0, options)],
  ["create TaskGroup", (options) => new TaskGroup(options)],
  ["start a task in TaskGroup", (options) => new TaskGroup().go(task, options)],
  ["wait for TaskGroup", (options) => new TaskGroup().wait(options)],
  ["tee", (options) => tee(sourceOf(1), 2, options)],
  ["run in ThreadPool", (options) => new ThreadPool(module).run(1, options)],
  ["run under a timeout", (options) => timeout(task, options)],
  ["wait for WaitGroup", (options) => new WaitGroup().wait(options)],
  ["wait in WaitQueue", (options) => new WaitQueue().wait(options)],
];

/** The same without a signal among them. */
const withPlainOptions: [doing: string, call: (options: Anything) => unknown][] = [
  ["create Bulkhead", (options) => new Bulkhead(options)],
  ["create CircuitBreaker", (options) => new CircuitBreaker(options)],
  ["create FailureRate", (options) => new FailureRate(options)],
  ["create Histogram", (options) => new Histogram(options)],
  ["create LruCache", (options) => new LruCache(options)],
  ["create PriorityQueue", (options) => new PriorityQueue(options)],
  ["create RateLimiter", (options) => new RateLimiter(options)],
  [
    "acquire from RateLimiter",
    (options) => new RateLimiter({ ratePerSecond: 1, burst: 1 }).tryAcquire(options),
  ],
  [
    "acquire from RateLimiter",
    (options) => new RateLimiter({ ratePerSecond: 1, burst: 1 }).retryAfterMs(options),
  ],
  ["create ResourcePool", (options) => new ResourcePool(options)],
  ["close ResourcePool", (options) => poolOf({}).close(options)],
  ["draw a delay", (options) => fullJitterMs(1, options)],
  ["draw a delay", (options) => decorrelatedJitterMs(undefined, options)],
  ["select", (options) => trySelect({ a: receiveFrom(filled()) }, options)],
  ["acquire from Semaphore", (options) => new Semaphore(1).tryAcquire(options)],
  ["add to SharedCounter", (options) => new SharedCounter().tryAdd(1, options)],
  ["create ThreadPool", (options) => new ThreadPool(module, options)],
];

/** What must be among the options of those that do not go without. */
const needed = { limit: 1, ms: 5 };

describe("misuse", () => {
  it.each(outOfRange)("is a RangeError: %s", async (message, call) => {
    expect(await refusalOf(call)).toEqual(new RangeError(message));
    expect(task).not.toHaveBeenCalled();
  });

  it.each(wrongKind)("is a TypeError: %s", async (message, call) => {
    expect(await refusalOf(call)).toEqual(new TypeError(message));
    expect(task).not.toHaveBeenCalled();
  });
});

describe("a signal that is none", () => {
  it.each(withOptions)("is refused though there is nothing to wait for: cannot %s", async (doing, call) => {
    for (const [signal, shown] of [
      [new AbortController(), "an AbortController"],
      [null, "null"],
      [{ aborted: true }, "an object"],
    ]) {
      const error = new TypeError(`Cannot ${doing}: signal must be an AbortSignal, got ${shown}`);
      expect(await refusalOf(() => call({ ...needed, signal }))).toEqual(error);
    }
    expect(task).not.toHaveBeenCalled();
  });
});

describe("options that are none", () => {
  it.each([...withOptions, ...withPlainOptions])("are refused: cannot %s", async (doing, call) => {
    for (const [options, shown] of [
      [null, "null"],
      [5, "5"],
      [[], "an Array of 0"],
      [() => {}, "a function"],
    ]) {
      const error = new TypeError(`Cannot ${doing}: options must be an object of options, got ${shown}`);
      expect(await refusalOf(() => call(options))).toEqual(error);
    }
    expect(task).not.toHaveBeenCalled();
  });

  it.each([
    ["batch", () => batch(sourceOf(1), as(undefined))],
    ["create Bulkhead", () => new Bulkhead(as(undefined))],
    ["map concurrently", () => mapConcurrent([1], task, as(undefined))],
    ["run under a timeout", () => timeout(task, as(undefined))],
  ])("are refused where they are needed: cannot %s", async (doing, call) => {
    const error = new TypeError(`Cannot ${doing}: options must be an object of options, got undefined`);
    expect(await refusalOf(call)).toEqual(error);
  });

  it("are refused if they are the signal itself, which would never be heard", async () => {
    const { signal } = new AbortController();
    for (const [doing, call] of withOptions) {
      const rule = "options must be an object with the signal in it: { signal }, got an AbortSignal";
      expect(await refusalOf(() => call(signal))).toEqual(new TypeError(`Cannot ${doing}: ${rule}`));
    }
  });
});

/** What a call throws, or rejects with; what gives a promise must not throw. */
async function refusalOf(call: () => unknown): Promise<unknown> {
  let outcome: unknown;
  try {
    outcome = call();
  } catch (error) {
    return error;
  }
  return await Promise.resolve(outcome).then(
    () => "it was accepted",
    (error: unknown) => error,
  );
}

function filled(): Channel<number> {
  const channel = new Channel<number>(1);
  channel.trySend(1);
  return channel;
}
