import { defineBench, type Strategy, type Workload } from "@pattern-labs/bench";

interface Cache {
  get(key: string): number | undefined;
  set(key: string, value: number): unknown;
}

const noteOnSize =
  "The bare structure stands at 0.70 to 0.81; what an entry that may age, be loaded and be told of costs is the rest. Tried without gain: no clock and no loads, other typed arrays, key and value side by side, preallocated arrays. A record an entry is slower.";
const noteOnClock =
  "A look at the clock costs as much as four at a `Map`. lru-cache looks once and forgets it by a timer of 1 ms, so its time stands still while only microtasks run; ours keeps no timer, and is exact after every await. Compare its exact time.";

/** Twice as many keys as room, some asked for much more often than others: about two in three are found. */
function getOrSet(limit: number, ttlMs: number | undefined, awaitEvery: number): Workload {
  const operations = 1_000_000;
  const strategy = (name: string, ours: boolean, create: () => Promise<Cache>): Strategy => ({
    name,
    ours,
    async prepare() {
      const cache = await create();
      const keys = Array.from({ length: 2 * limit }, (_, index) => `key:${index}`);
      const order = orderOf(operations, keys.length);
      const use = (at: number): number => {
        const index = order[at] as number;
        const key = keys[index] as string;
        const value = cache.get(key);
        if (value === undefined) cache.set(key, index);
        return value === undefined || value === index ? 1 : 0;
      };
      if (awaitEvery === Infinity) {
        return () => {
          let right = 0;
          for (let at = 0; at < operations; at += 1) right += use(at);
          return right;
        };
      }
      return async () => {
        let right = 0;
        for (let at = 0; at < operations; at += 1) {
          right += use(at);
          if (at % awaitEvery === 0) await undefined;
        }
        return right;
      };
    },
  });
  const aging = ttlMs === undefined ? "" : ", with a time to live";
  const pace = awaitEvery === Infinity ? "" : `, an await every ${awaitEvery}`;
  const peer = "lru-cache";
  return {
    title: `get, or set what is missing, room for ${limit.toLocaleString("en")}${aging}${pace}`,
    operations,
    floor: peer,
    strategies: [
      // Its defaults, which are its best: with a time to live it reads the clock once a millisecond, by a timer.
      strategy(peer, false, async () => {
        const { LRUCache } = await import("lru-cache");
        return new LRUCache<string, number>(
          ttlMs === undefined ? { max: limit } : { max: limit, ttl: ttlMs },
        );
      }),
      strategy("LruCache", true, async () => {
        const { LruCache } = await import("@pattern-labs/primitives/lru-cache");
        return new LruCache<string, number>({ limit, ttlMs });
      }),
      ...(ttlMs === undefined
        ? []
        : [
            strategy("lru-cache, exact time", false, async () => {
              const { LRUCache } = await import("lru-cache");
              return new LRUCache<string, number>({ max: limit, ttl: ttlMs, ttlResolution: 0 });
            }),
          ]),
    ],
    targets: [
      ttlMs === undefined
        ? { strategy: "LruCache", against: peer, atMost: 1 / 1.2, note: noteOnSize }
        : { strategy: "LruCache", against: peer, atMost: 1 / 1.25, note: noteOnClock },
    ],
    check: (right) => (right === operations ? undefined : `${right} of ${operations} were right`),
  };
}

function orderOf(operations: number, keys: number): Uint32Array {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x8000_0000;
  };
  return Uint32Array.from({ length: operations }, () => Math.floor(keys * random() * random()));
}

export default defineBench({
  title: "LruCache",
  workloads: [
    getOrSet(10_000, undefined, Infinity),
    getOrSet(10_000, 60_000, Infinity),
    getOrSet(10_000, 60_000, 4),
    getOrSet(100_000, undefined, Infinity),
    getOrSet(1_000_000, undefined, Infinity),
  ],
});
