import { defineBench } from "@pattern-labs/bench";

const answer = async () => 1;
const answerFor = async (key: number) => key;

/** What every strategy of a call does: call, await, add up. */
async function sumOf(operations: number, call: (index: number) => Promise<number>): Promise<number> {
  let sum = 0;
  for (let index = 0; index < operations; index += 1) sum += await call(index);
  return sum;
}

const bareCall = {
  name: "bare call",
  ours: false,
  prepare:
    ({ operations }: { readonly operations: number }) =>
    () =>
      sumOf(operations, answer),
};

const counted = (result: unknown, { operations }: { readonly operations: number }) =>
  result === operations ? undefined : `${result} of ${operations} calls were answered`;

const CALLERS_PER_KEY = 100;

export default defineBench({
  title: "Calls that may fail",
  workloads: [
    {
      title: "a call through a closed circuit breaker, failures in a row",
      operations: 200_000,
      floor: "bare call",
      strategies: [
        bareCall,
        {
          name: "CircuitBreaker",
          async prepare({ operations }) {
            const { CircuitBreaker } = await import("@pattern-labs/primitives/circuit-breaker");
            const breaker = new CircuitBreaker({ failuresInARow: 5, coolDownMs: 1_000 });
            return () => sumOf(operations, () => breaker.run(answer));
          },
        },
        {
          name: "cockatiel",
          ours: false,
          async prepare({ operations }) {
            const { circuitBreaker, ConsecutiveBreaker, handleAll } = await import("cockatiel");
            const policy = { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(5) };
            const breaker = circuitBreaker(handleAll, policy);
            return () => sumOf(operations, () => breaker.execute(answer));
          },
        },
      ],
      check: counted,
      targets: [{ strategy: "CircuitBreaker", against: "cockatiel", atMost: 1 / 1.3 }],
    },
    {
      title: "a call through a closed circuit breaker, failure rate in a window",
      operations: 200_000,
      floor: "bare call",
      strategies: [
        bareCall,
        {
          name: "CircuitBreaker",
          async prepare({ operations }) {
            const { CircuitBreaker } = await import("@pattern-labs/primitives/circuit-breaker");
            const failureRate = { atLeast: 0.5, windowMs: 10_000, minimumCalls: 20 };
            const breaker = new CircuitBreaker({ failuresInARow: Infinity, failureRate, coolDownMs: 1_000 });
            return () => sumOf(operations, () => breaker.run(answer));
          },
        },
        {
          name: "cockatiel",
          ours: false,
          async prepare({ operations }) {
            const { circuitBreaker, handleAll, SamplingBreaker } = await import("cockatiel");
            const breaker = new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 });
            const policy = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker });
            return () => sumOf(operations, () => policy.execute(answer));
          },
        },
        {
          name: "opossum",
          ours: false,
          async prepare({ operations }) {
            const { default: Opossum } = await import("opossum");
            // Without its timeout, which sets a timer for each call, and without percentiles, which sort.
            const breaker = new Opossum(answer, { timeout: false, rollingPercentilesEnabled: false });
            return {
              run: () => sumOf(operations, () => breaker.fire()),
              [Symbol.asyncDispose]: async () => breaker.shutdown(),
            };
          },
        },
      ],
      check: counted,
      targets: [
        { strategy: "CircuitBreaker", against: "cockatiel", atMost: 1 / 1.3 },
        { strategy: "CircuitBreaker", against: "opossum", atMost: 1 / 1.3 },
      ],
    },
    {
      title: "a call under retry, the first attempt succeeds",
      operations: 200_000,
      floor: "bare call",
      strategies: [
        bareCall,
        {
          name: "retry",
          async prepare({ operations }) {
            const { retry } = await import("@pattern-labs/primitives/retry");
            const options = { attempts: 4 };
            return () => sumOf(operations, () => retry(answer, options));
          },
        },
        {
          name: "cockatiel",
          ours: false,
          async prepare({ operations }) {
            const { ExponentialBackoff, handleAll, retry } = await import("cockatiel");
            const policy = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
            return () => sumOf(operations, () => policy.execute(answer));
          },
        },
        {
          name: "p-retry",
          ours: false,
          async prepare({ operations }) {
            const { default: pRetry } = await import("p-retry");
            const options = { retries: 3 };
            return () => sumOf(operations, () => pRetry(answer, options));
          },
        },
      ],
      check: counted,
      targets: [
        { strategy: "retry", against: "cockatiel", atMost: 1 / 1.3 },
        { strategy: "retry", against: "p-retry", atMost: 1 / 1.3 },
      ],
    },
    {
      title: "a token that is there",
      operations: 200_000,
      floor: "performance.now",
      strategies: [
        {
          name: "performance.now", // No limiter without a timer can do with less.
          ours: false,
          prepare: ({ operations }) => {
            return () => {
              let looked = 0;
              for (let index = 0; index < operations; index += 1) looked += performance.now() > 0 ? 1 : 0;
              return looked;
            };
          },
        },
        {
          name: "RateLimiter.tryAcquire",
          async prepare({ operations }) {
            const { RateLimiter } = await import("@pattern-labs/primitives/rate-limiter");
            const limiter = new RateLimiter({ ratePerSecond: 1e9, burst: 1e9 });
            return () => grantsOf(operations, () => limiter.tryAcquire());
          },
        },
        {
          name: "limiter, RateLimiter",
          ours: false,
          async prepare({ operations }) {
            const { RateLimiter } = await import("limiter");
            const limiter = new RateLimiter({ tokensPerInterval: 1e9, interval: "second" });
            return () => grantsOf(operations, () => limiter.tryRemoveTokens(1));
          },
        },
        {
          name: "limiter, TokenBucket",
          ours: false,
          async prepare({ operations }) {
            const { TokenBucket } = await import("limiter");
            const bucket = new TokenBucket({ bucketSize: 1e9, tokensPerInterval: 1e9, interval: "second" });
            bucket.content = 1e9;
            return () => grantsOf(operations, () => bucket.tryRemoveTokens(1));
          },
        },
      ],
      check: counted,
      targets: [
        { strategy: "RateLimiter.tryAcquire", against: "limiter, RateLimiter", atMost: 1 / 1.3 },
        {
          strategy: "RateLimiter.tryAcquire",
          against: "limiter, TokenBucket",
          atMost: 1 / 1.3,
          note: "All but a nanosecond is the look at the clock, which both need.",
        },
      ],
    },
    {
      title: "singleflight, a key of its own for each call",
      operations: 200_000,
      floor: "bare call",
      strategies: [
        bareCall,
        {
          name: "Singleflight",
          async prepare({ operations }) {
            const { Singleflight } = await import("@pattern-labs/primitives/singleflight");
            const flights = new Singleflight<number, number>();
            return () => sumOf(operations, (key) => flights.run(key, answer));
          },
        },
        {
          name: "p-memoize",
          ours: false,
          async prepare({ operations }) {
            const { default: pMemoize } = await import("p-memoize");
            const ask = pMemoize((_key: number) => answer(), { cache: false });
            return () => sumOf(operations, ask);
          },
        },
      ],
      check: counted,
      targets: [{ strategy: "Singleflight", against: "p-memoize", atMost: 1 / 1.3 }],
    },
    {
      title: `singleflight, ${CALLERS_PER_KEY} callers at once for each key`,
      operations: 200_000,
      floor: "Promise.all",
      strategies: [
        {
          name: "Promise.all", // What waiting for a hundred callers costs by itself, with one shared promise.
          ours: false,
          prepare: ({ operations }) => {
            let shared = Promise.resolve(0);
            return () =>
              crowdsOf(operations, (key, caller) => {
                if (caller === 0) shared = answerFor(key);
                return shared;
              });
          },
        },
        {
          name: "Singleflight",
          async prepare({ operations }) {
            const { Singleflight } = await import("@pattern-labs/primitives/singleflight");
            const flights = new Singleflight<number, number>();
            return () => crowdsOf(operations, (key) => flights.run(key, () => answerFor(key)));
          },
        },
        {
          name: "p-memoize",
          ours: false,
          async prepare({ operations }) {
            const { default: pMemoize } = await import("p-memoize");
            const ask = pMemoize(answerFor, { cache: false });
            return () => crowdsOf(operations, (key) => ask(key));
          },
        },
      ],
      check: counted,
      targets: [
        {
          strategy: "Singleflight",
          against: "p-memoize",
          atMost: 1 / 1.3,
          note: "Four fifths of it are the `Promise.all` of the callers, which both need.",
        },
      ],
    },
    ...[10_000, 100_000, 1_000_000].map((keys) => ({
      title: `singleflight, ${keys.toLocaleString("en")} keys under way at once`,
      operations: keys,
      floor: "Map",
      strategies: [
        {
          name: "Map",
          ours: false,
          prepare:
            ({ operations }: { readonly operations: number }) =>
            async () => {
              const calls = new Map<number, Promise<number>>();
              for (let key = 0; key < operations; key += 1) calls.set(key, answerFor(key));
              let answered = 0;
              for (const [key, call] of calls) {
                if ((await call) === key) answered += 1;
                calls.delete(key);
              }
              return answered;
            },
        },
        {
          name: "Singleflight",
          async prepare({ operations }: { readonly operations: number }) {
            const { Singleflight } = await import("@pattern-labs/primitives/singleflight");
            return async () => {
              const flights = new Singleflight<number, number>();
              const calls: Promise<number>[] = [];
              for (let key = 0; key < operations; key += 1)
                calls.push(flights.run(key, () => answerFor(key)));
              let answered = 0;
              for (const [key, call] of calls.entries()) if ((await call) === key) answered += 1;
              return flights.size === 0 ? answered : `left ${flights.size} entries and`;
            };
          },
        },
      ],
      check: counted,
    })),
    ...[10_000, 100_000, 1_000_000].map((waiters) => ({
      title: `${waiters.toLocaleString("en")} waiters for a token that all leave, the first one last`,
      operations: waiters,
      floor: "Promise",
      strategies: [
        {
          name: "Promise", // One that somebody waits for and that is settled: the least that a waiter costs.
          ours: false,
          prepare:
            ({ operations }: { readonly operations: number }) =>
            async () => {
              const waiting = Array.from({ length: operations }, () => Promise.withResolvers<void>());
              let left = 0;
              for (const { reject } of waiting) reject("gone");
              for (const { promise } of waiting) await promise.catch(() => (left += 1));
              return left;
            },
        },
        {
          name: "RateLimiter.acquire",
          async prepare({ operations }: { readonly operations: number }) {
            const { RateLimiter } = await import("@pattern-labs/primitives/rate-limiter");
            return async () => {
              const limiter = new RateLimiter({ ratePerSecond: 1e-6, burst: 1 });
              await limiter.acquire();
              const [first, others] = [new AbortController(), new AbortController()];
              let left = 0;
              const leave = () => {
                left += 1;
              };
              const waiting = [limiter.acquire(first).catch(leave)];
              while (waiting.length < operations) waiting.push(limiter.acquire(others).catch(leave));
              others.abort("gone");
              first.abort("gone");
              for (const promise of waiting) await promise;
              return left;
            };
          },
        },
      ],
      check: counted,
    })),
  ],
});

function grantsOf(operations: number, take: () => boolean): number {
  let granted = 0;
  for (let index = 0; index < operations; index += 1) granted += take() ? 1 : 0;
  return granted;
}

/** So many callers that ask for one key at the same time, one key after the other; counts who was answered rightly. */
async function crowdsOf(
  operations: number,
  ask: (key: number, caller: number) => Promise<number>,
): Promise<number> {
  let answered = 0;
  for (let key = 0; key < operations / CALLERS_PER_KEY; key += 1) {
    const callers = Array.from({ length: CALLERS_PER_KEY }, (_, caller) => ask(key, caller));
    for (const answer of await Promise.all(callers)) answered += answer === key ? 1 : 0;
  }
  return answered;
}
