import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { show } from "./arguments/show.ts";
import { LruCache } from "./lru-cache.ts";
import { sleep } from "./sleep.ts";

describe("new LruCache", () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity])("throws RangeError for a limit of %s", (limit) => {
    expect(() => new LruCache({ limit })).toThrow(
      new RangeError(`Cannot create LruCache: limit must be a whole number from 1 below 2^31, got ${limit}`),
    );
  });

  it.each(["ttlMs", "staleWhileRevalidateMs", "staleIfErrorMs"])("throws RangeError for a bad %s", (name) => {
    for (const ms of [-1, Number.NaN, "5"]) {
      expect(() => new LruCache({ limit: 1, [name]: ms })).toThrow(
        new RangeError(
          `Cannot create LruCache: ${name} must be a number of milliseconds, at least 0, got ${show(ms)}`,
        ),
      );
    }
  });

  it("costs nothing for a large limit that is not used", () => {
    expect(new LruCache({ limit: 2 ** 31 - 1 }).size).toBe(0);
  });
});

describe("LruCache.set", () => {
  it("throws out what has not been used for longest", () => {
    const cache = new LruCache<string, number>({ limit: 2 });
    cache.set("a", 1);
    cache.set("b", 2);
    cache.get("a");
    cache.has("b");
    cache.set("c", 3);
    expect([...cache]).toEqual([
      ["a", 1],
      ["c", 3],
    ]);
  });

  it("keeps undefined and NaN apart from nothing", () => {
    const cache = new LruCache<unknown, undefined>({ limit: 2 });
    cache.set(Number.NaN, undefined);
    expect([cache.has(Number.NaN), cache.has(undefined), cache.size]).toEqual([true, false, 1]);
  });
});

describe("the time to live", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("ends at the millisecond, and a new value has a new one", async () => {
    await simulate(async () => {
      const cache = new LruCache<string, number>({ limit: 2, ttlMs: 100 });
      cache.set("a", 1);
      await sleep(99);
      expect([cache.get("a"), cache.has("a")]).toEqual([1, true]);
      cache.set("a", 2);
      await sleep(99);
      expect(cache.get("a")).toBe(2);
      await sleep(1);
      expect([cache.has("a"), [...cache], cache.size]).toEqual([false, [], 1]);
      expect([cache.get("a"), cache.size]).toEqual([undefined, 0]);
    });
  });

  it("does not follow the wall clock when that is set", () => {
    const cache = new LruCache<string, number>({ limit: 1, ttlMs: 60_000 });
    cache.set("a", 1);
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 1e9);
    expect(cache.get("a")).toBe(1);
  });

  it("leaves neither timer nor immediate", async () => {
    await noLeaks(async () => {
      const cache = new LruCache<number, number>({ limit: 10, ttlMs: 60_000 });
      for (let key = 0; key < 1_000; key += 1) {
        cache.set(key, key);
        cache.get(key);
      }
    });
  });
});

describe("LruCache.onRemove", () => {
  it("is told of each entry that has left, and why", async () => {
    await simulate(async () => {
      const removed: unknown[] = [];
      const onRemove = (...entry: unknown[]) => removed.push(entry);
      const cache = new LruCache<string, number>({ limit: 2, ttlMs: 10, onRemove });
      cache.set("a", 1);
      cache.set("a", 1); // The same value has not left.
      cache.set("a", 2);
      cache.set("b", 3);
      cache.set("c", 4);
      cache.delete("b");
      cache.set("d", 5);
      await sleep(10);
      cache.get("c");
      cache.clear();
      expect(removed).toEqual([
        ["a", 1, "replaced"],
        ["a", 2, "evicted"],
        ["b", 3, "deleted"],
        ["c", 4, "expired"],
        ["d", 5, "deleted"],
      ]);
    });
  });

  it("may use the cache", () => {
    const cache: LruCache<string, string> = new LruCache<string, string>({
      limit: 1,
      onRemove: (key, _value, reason) => {
        if (reason === "deleted" && key === "a") cache.set("b", "set meanwhile");
      },
    });
    cache.set("a", "value");
    cache.clear();
    expect([...cache]).toEqual([["b", "set meanwhile"]]);
  });
});

describe("LruCache.fetch", () => {
  it("loads what is missing once for all who ask, and then gives it from memory", async () => {
    const cache = new LruCache<string, object>({ limit: 2 });
    const value = {};
    const load = vi.fn(async () => value);
    const [first, second] = await Promise.all([cache.fetch("a", load), cache.fetch("a", load)]);
    expect([first === value, second === value, (await cache.fetch("a", load)) === value]).toEqual([
      true,
      true,
      true,
    ]);
    expect(load).toHaveBeenCalledTimes(1);
    expect(cache.get("a")).toBe(value);
  });

  it("does not keep an error", async () => {
    const cache = new LruCache<string, number>({ limit: 2 });
    const failure = new Error("down");
    const fail = () => {
      throw failure;
    };
    await expect(cache.fetch("a", fail)).rejects.toBe(failure);
    expect(await cache.fetch("a", () => 1)).toBe(1);
  });

  it("refuses a signal that has aborted, even when there is a value", async () => {
    const cache = new LruCache<string, number>({ limit: 2 });
    cache.set("a", 1);
    await expect(cache.fetch("a", () => 2, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
  });

  it("lets a caller leave alone, and stops the load when the last has left, keeping nothing", async () => {
    const cache = new LruCache<string, string>({ limit: 2 });
    const [one, two] = [new AbortController(), new AbortController()];
    const gate = Promise.withResolvers<string>();
    let told: AbortSignal | undefined;
    const load = ({ signal }: { signal: AbortSignal }) => {
      told = signal;
      return gate.promise;
    };
    const first = cache.fetch("a", load, one);
    const second = cache.fetch("a", load, two);
    one.abort("first left");
    await expect(first).rejects.toBe("first left");
    expect([told?.aborted, await isPending(second)]).toEqual([false, true]);
    two.abort("second left");
    await expect(second).rejects.toBe("second left");
    expect(told?.aborted).toBe(true);
    gate.resolve("nobody's");
    await gate.promise;
    await sleep(0);
    expect(cache.size).toBe(0);
  });

  it("carries one listener on a signal that a thousand share, and none afterwards", async () => {
    const cache = new LruCache<number, number>({ limit: 10 });
    const { signal } = new AbortController();
    const gate = Promise.withResolvers<number>();
    const loads = Array.from({ length: 1_000 }, (_, key) => cache.fetch(key, () => gate.promise, { signal }));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    gate.resolve(1);
    await Promise.all(loads);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(cache.size).toBe(10);
  });

  it.each([
    ["delete", (cache: LruCache<string, string>) => void cache.delete("a"), undefined],
    ["clear", (cache: LruCache<string, string>) => cache.clear(), undefined],
    ["set", (cache: LruCache<string, string>) => cache.set("a", "newer"), "newer"],
  ])("does not keep what was being loaded when %s came", async (_name, change, expected) => {
    const cache = new LruCache<string, string>({ limit: 2 });
    const gate = Promise.withResolvers<string>();
    const loading = cache.fetch("a", () => gate.promise);
    change(cache);
    const next = cache.fetch("a", () => "loaded anew");
    gate.resolve("older");
    expect(await loading).toBe("older");
    expect(await next).toBe(expected ?? "loaded anew");
    expect(cache.get("a")).toBe(expected ?? "loaded anew");
  });

  it("gives a stale value at once within staleWhileRevalidateMs, while one load renews it", async () => {
    await simulate(async () => {
      await using cache = new LruCache<string, number>({ limit: 2, ttlMs: 10, staleWhileRevalidateMs: 20 });
      let loads = 0;
      const load = async () => {
        loads += 1;
        await sleep(5);
        return loads;
      };
      cache.set("a", 0);
      await sleep(10);
      expect(cache.get("a")).toBeUndefined();
      expect([await cache.fetch("a", load), await cache.fetch("a", load)]).toEqual([0, 0]);
      await sleep(5);
      expect([cache.get("a"), loads]).toEqual([1, 1]);
      await sleep(30);
      expect(await cache.fetch("a", load)).toBe(2); // Too stale: it waits for the load.
    });
  });

  it("keeps the stale value when renewing it fails, and tries again for the next who asks", async () => {
    await simulate(async () => {
      await using cache = new LruCache<string, number>({ limit: 2, ttlMs: 10, staleWhileRevalidateMs: 20 });
      cache.set("a", 0);
      await sleep(10);
      expect(await cache.fetch("a", () => Promise.reject(new Error("down")))).toBe(0);
      await sleep(1);
      expect(await cache.fetch("a", () => 1)).toBe(0);
      await sleep(0);
      expect(cache.get("a")).toBe(1);
    });
  });

  it("gives a stale value if loading fails within staleIfErrorMs, and the error afterwards", async () => {
    await simulate(async () => {
      const cache = new LruCache<string, number>({ limit: 2, ttlMs: 10, staleIfErrorMs: 20 });
      const fail = () => Promise.reject(new Error("down"));
      cache.set("a", 0);
      await sleep(29);
      expect(await cache.fetch("a", fail)).toBe(0);
      expect(cache.get("a")).toBeUndefined();
      await sleep(1);
      await expect(cache.fetch("a", fail)).rejects.toThrow("down");
      expect(cache.get("a")).toBeUndefined();
      expect(cache.size).toBe(0);
    });
  });

  it("keeps for staleIfErrorMs what get no longer gives", async () => {
    await simulate(async () => {
      const cache = new LruCache<string, number>({ limit: 2, ttlMs: 10, staleIfErrorMs: 20 });
      cache.set("a", 0);
      await sleep(15);
      expect(cache.get("a")).toBeUndefined();
      expect(await cache.fetch("a", () => Promise.reject(new Error("down")))).toBe(0);
    });
  });

  it("tells who waits for a load that set has overtaken of its error, and gives no other value instead", async () => {
    const cache = new LruCache<string, number>({ limit: 2, ttlMs: 10, staleIfErrorMs: 20 });
    const gate = Promise.withResolvers<number>();
    const loading = cache.fetch("a", () => gate.promise);
    cache.set("a", 1);
    gate.reject(new Error("down"));
    await expect(loading).rejects.toThrow("down");
  });

  it.each([0, 3])(
    "never keeps a value from before a delete, whoever leaves, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const cache = new LruCache<string, number>({ limit: 2 });
          const controller = new AbortController();
          let source = 1;
          const load = () => sim.io("query", () => source);
          sim.anytime("client leaves", () => controller.abort("left"));
          await Promise.allSettled([
            sim.spawn("impatient", () => cache.fetch("a", load, controller)),
            sim.spawn("patient", () => cache.fetch("a", load)),
            sim.spawn("writer", async () => {
              await sim.io("write", () => {
                source = 2;
                cache.delete("a");
              });
            }),
          ]);
          const kept = cache.get("a");
          guarantee(kept === undefined || kept === 2, {
            happened: `${kept} was kept; the source says 2`,
            expected: "nothing or 2",
            why: "a cache that keeps an old value after it was told of a change keeps it for ever",
          });
          expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
        },
        { squeeze },
      );
    },
  );

  it.each([0, 3])(
    "serves who stays, whoever leaves while the load settles, and keeps what one of them got: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const cache = new LruCache<string, string>({ limit: 2 });
          const leaving = [new AbortController(), new AbortController()] as const;
          let running = 0;
          let most = 0;
          const load = async () => {
            running += 1;
            most = Math.max(most, running);
            try {
              return await sim.io("query", () => "value");
            } finally {
              running -= 1;
            }
          };
          sim.anytime("one leaves", () => leaving[0].abort("one left"));
          sim.anytime("two leaves", () => leaving[1].abort("two left"));
          const outcomes = await Promise.allSettled([
            sim.spawn("one", () => cache.fetch("a", load, leaving[0])),
            sim.spawn("two", () => cache.fetch("a", load, leaving[1])),
            sim.spawn("three", () => cache.fetch("a", load)),
          ]);
          const told = outcomes.map((each) => (each.status === "fulfilled" ? each.value : each.reason));
          expect(["value", "one left"]).toContain(told[0]);
          expect(["value", "two left"]).toContain(told[1]);
          guarantee(told[2] === "value", {
            happened: `who stayed was told ${told[2]}`,
            expected: "the value",
            why: "a client that closes its page must not fail the request of another",
          });
          expect(cache.get("a")).toBe("value");
          await cache[Symbol.asyncDispose]();
          expect(running).toBe(0);
          for (const { signal } of leaving) expect(getEventListeners(signal, "abort")).toHaveLength(0);
        },
        { squeeze },
      );
    },
  );

  it.each([0, 3])(
    "gives out one stale value while one load renews it, and waits for that when its scope is left: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const cache = new LruCache<string, string>({ limit: 2, ttlMs: 10, staleWhileRevalidateMs: 1e9 });
          cache.set("a", "old");
          await sleep(10);
          let running = 0;
          let most = 0;
          const load = async ({ signal }: { signal: AbortSignal }) => {
            running += 1;
            most = Math.max(most, running);
            try {
              await sim.io("query");
              signal.throwIfAborted();
              return "new";
            } finally {
              running -= 1;
            }
          };
          const client = new AbortController();
          sim.anytime("client leaves", () => client.abort("left"));
          const asked = Promise.allSettled([
            sim.spawn("one", () => cache.fetch("a", load)),
            sim.spawn("two", () => cache.fetch("a", load, client)),
          ]);
          const closed = sim.spawn("closer", async () => {
            await sim.io("shutdown");
            await cache[Symbol.asyncDispose]();
            expect(running).toBe(0);
          });
          const [one, two] = await asked;
          await closed;
          const refused = "Cannot fetch from LruCache: its scope has been left";
          const told = (each: PromiseSettledResult<string>) =>
            each.status === "fulfilled" ? each.value : (each.reason?.message ?? each.reason);
          expect(["old", "new", refused]).toContain(told(one));
          expect(["old", "new", refused, "left"]).toContain(told(two));
          guarantee(most <= 1, {
            happened: `${most} loads of one key ran at once`,
            expected: "at most 1",
            why: "a stale value that a thousand ask for must not become a thousand queries",
          });
          expect(getEventListeners(client.signal, "abort")).toHaveLength(0);
        },
        { squeeze },
      );
    },
  );
});

describe("leaving the scope of an LruCache", () => {
  it("stops the loads that nobody waits for, and waits until they have ended", async () => {
    await simulate(async (sim) => {
      const told: unknown[] = [];
      {
        await using cache = new LruCache<string, number>({
          limit: 2,
          ttlMs: 10,
          staleWhileRevalidateMs: 1_000,
        });
        cache.set("a", 0);
        await sleep(10);
        await cache.fetch("a", async ({ signal }) => {
          await sleep(60_000, { signal }).catch(() => told.push(signal.aborted));
          await sleep(7); // closes what it had opened
          return 1;
        });
      }
      expect(told).toEqual([true]);
      expect(sim.now()).toBe(17);
    });
  });

  it("refuses to fetch afterwards", async () => {
    const cache = new LruCache<string, number>({ limit: 2 });
    await cache[Symbol.asyncDispose]();
    await cache[Symbol.asyncDispose]();
    await expect(cache.fetch("a", () => 1)).rejects.toThrow(
      "Cannot fetch from LruCache: its scope has been left",
    );
  });
});

describe("LruCache", () => {
  it("agrees with a Map with times, for any order of operations", async () => {
    const key = fc.integer({ min: 0, max: 5 });
    const operation = fc.oneof(
      fc.record({ type: fc.constantFrom("get", "set", "has", "delete"), key }),
      fc.record({ type: fc.constant("wait"), key: fc.integer({ min: 1, max: 12 }) }),
      { weight: 1, arbitrary: fc.record({ type: fc.constant("clear"), key }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(10, Infinity),
        fc.array(operation, { maxLength: 60, size: "max" }),
        async (limit, ttlMs, operations) => {
          await simulate(async (sim) => {
            const removed: string[] = [];
            const cache = new LruCache<number, number>({
              limit,
              ttlMs,
              onRemove: (k, v) => removed.push(`${k} ${v}`),
            });
            const model = new Map<number, { value: number; until: number }>();
            for (const [value, { type, key }] of operations.entries()) {
              const known = model.get(key);
              const fresh = known !== undefined && sim.now() < known.until;
              if (type === "wait") {
                await sleep(key);
              } else if (type === "set") {
                cache.set(key, value);
                model.delete(key);
                if (model.size === limit) model.delete([...model.keys()][0] as number);
                model.set(key, { value, until: sim.now() + ttlMs });
              } else if (type === "get") {
                expect(cache.get(key)).toBe(fresh ? known.value : undefined);
                model.delete(key);
                if (fresh) model.set(key, known);
              } else if (type === "has") {
                expect(cache.has(key)).toBe(fresh);
              } else if (type === "delete") {
                expect(cache.delete(key)).toBe(model.delete(key));
              } else {
                cache.clear();
                model.clear();
              }
              expect(cache.size).toBe(model.size);
              const expected = [...model].filter(([, { until }]) => sim.now() < until);
              expect([...cache]).toEqual(expected.map(([k, entry]) => [k, entry.value]));
            }
            cache.clear();
            const sets = operations.filter(({ type }) => type === "set").length;
            expect(new Set(removed).size).toBe(removed.length);
            expect(removed.length).toBe(sets); // Each value that came has left, once.
          });
        },
      ),
      { numRuns: 50 },
    );
  });
});
