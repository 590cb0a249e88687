import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { show } from "./arguments/show.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { sleep } from "./sleep.ts";

interface Request {
  readonly afterMs: number;
  readonly count: number;
  readonly tries: boolean;
}

describe("new RateLimiter", () => {
  it.each([0, -1, Number.NaN, "5" as unknown as number])(
    "throws RangeError for a rate of %s",
    (ratePerSecond) => {
      expect(() => new RateLimiter({ ratePerSecond, burst: 1 })).toThrow(
        new RangeError(
          `Cannot create RateLimiter: ratePerSecond must be a positive number, got ${show(ratePerSecond)}`,
        ),
      );
    },
  );

  it.each([0, -1, 1.5, Infinity, Number.NaN])("throws RangeError for a burst of %s", (burst) => {
    expect(() => new RateLimiter({ ratePerSecond: 1, burst })).toThrow(
      new RangeError(`Cannot create RateLimiter: burst must be a whole number from 1, got ${burst}`),
    );
  });
});

describe("RateLimiter.acquire", () => {
  it("lets the burst through at once, and then one at each interval", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 10, burst: 3 });
      const at = await Promise.all(Array.from({ length: 6 }, () => grantedAt(limiter)));
      expect(at).toEqual([0, 0, 0, 100, 200, 300]);
    });
  });

  it("fills up again in a pause, to the burst and not beyond", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 10, burst: 3 });
      await limiter.acquire({ count: 3 });
      await sleep(250);
      expect(await grantedAt(limiter)).toBe(250);
      expect(await grantedAt(limiter)).toBe(250);
      expect(await grantedAt(limiter)).toBe(300);
      await sleep(60_000);
      const at = await Promise.all(Array.from({ length: 4 }, () => grantedAt(limiter)));
      expect(at).toEqual([60_300, 60_300, 60_300, 60_400]);
    });
  });

  it("serves in order of arrival, before any newcomer, and a large request before the small ones behind it", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 10, burst: 5 });
      await limiter.acquire({ count: 5 });
      const served: string[] = [];
      const ask = async (name: string, count: number) => {
        await limiter.acquire({ count });
        served.push(`${name} at ${Math.round(performance.now())}`);
      };
      const asked = [ask("large", 5), ask("small", 1), ask("smaller", 1)];
      await sleep(250);
      asked.push(ask("newcomer", 1));
      await Promise.all(asked);
      expect(served).toEqual(["large at 500", "small at 600", "smaller at 700", "newcomer at 800"]);
    });
  });

  it("cannot be starved by small requests that keep coming", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 100, burst: 10 });
      await limiter.acquire({ count: 10 });
      const large = grantedAt(limiter, 10);
      const small = async () => {
        for (let i = 0; i < 30; i += 1) {
          await sleep(5);
          limiter.tryAcquire();
        }
      };
      await small();
      expect(await large).toBe(100);
    });
  });

  it("sets one timer, however many wait, and none when nobody does", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 100, burst: 1 });
      using setTimer = vi.spyOn(globalThis, "setTimeout");
      const all = Array.from({ length: 50 }, () => limiter.acquire());
      expect(limiter.waiting).toBe(49);
      expect(setTimer).toHaveBeenCalledTimes(1);
      await Promise.all(all);
      expect(limiter.waiting).toBe(0);
    });
  });

  it("rejects with the identical reason at once, and takes no token", async () => {
    await simulate(async (sim) => {
      const limiter = new RateLimiter({ ratePerSecond: 10, burst: 1 });
      await limiter.acquire();
      const reason = { why: "gone" };
      const leaver = new AbortController();
      const leaving = limiter.acquire(leaver);
      const patient = grantedAt(limiter);
      await sleep(50);
      leaver.abort(reason);
      await expect(leaving).rejects.toBe(reason);
      expect(sim.now()).toBe(50);
      expect(await patient).toBe(100);
    });
  });

  it("gives the turn of the first who leaves to the next at once, if there is enough for it", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 10, burst: 5 });
      await limiter.acquire({ count: 5 });
      const leaver = new AbortController();
      const large = limiter.acquire({ count: 5, signal: leaver.signal });
      const small = [grantedAt(limiter), grantedAt(limiter), grantedAt(limiter)];
      await sleep(250);
      leaver.abort("gone");
      await expect(large).rejects.toBe("gone");
      expect(await Promise.all(small)).toEqual([250, 250, 300]);
    });
  });

  it.each(["the same signal", "another, aborted by a listener of it"])(
    "gives the turn to nobody whose signal has aborted, if the first leaves by %s",
    async (which) => {
      await simulate(async () => {
        const limiter = new RateLimiter({ ratePerSecond: 10, burst: 5 });
        await limiter.acquire({ count: 4 });
        const leaver = new AbortController();
        const { signal } = leaver;
        const other = new AbortController();
        signal.addEventListener("abort", () => other.abort("gone")); // Called before the limiter's own.
        const first = which === "the same signal" ? signal : other.signal;
        const leaving = [limiter.acquire({ count: 5, signal: first }), limiter.acquire({ signal })];
        const patient = grantedAt(limiter);
        leaver.abort("gone");
        for (const waiting of leaving) await expect(waiting).rejects.toBe("gone");
        expect(await patient).toBe(0); // The one token that the second would have taken.
        expect(limiter.waiting).toBe(0);
      });
    },
  );

  it("stops the timer when the last one leaves", async () => {
    await simulate(async (sim) => {
      const limiter = new RateLimiter({ ratePerSecond: 0.001, burst: 1 });
      await limiter.acquire();
      const leaver = new AbortController();
      const leaving = [limiter.acquire(leaver), limiter.acquire(leaver)];
      leaver.abort("gone");
      for (const waiting of leaving) await expect(waiting).rejects.toBe("gone");
      expect(limiter.waiting).toBe(0);
      expect(limiter.retryAfterMs()).toBe(1_000_000);
      expect(sim.now()).toBe(0); // A timer left behind would fail the simulation.
    });
  });

  it("refuses a signal that has aborted, even when there are tokens", async () => {
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 1 });
    await expect(limiter.acquire({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(limiter.tryAcquire()).toBe(true);
  });

  it.each([0, -1, 1.5, 6, Number.NaN, null as unknown as number])(
    "rejects with RangeError for a count of %s of a burst of 5",
    async (count) => {
      const rule = count === 6 ? "must not exceed the burst of 5" : "must be a whole number from 1";
      const limiter = new RateLimiter({ ratePerSecond: 1, burst: 5 });
      const error = new RangeError(`Cannot acquire from RateLimiter: count ${rule}, got ${count}`);
      await expect(limiter.acquire({ count })).rejects.toThrow(error);
      expect(() => limiter.tryAcquire({ count })).toThrow(error);
      expect(() => limiter.retryAfterMs({ count })).toThrow(error);
      expect(limiter.tryAcquire({ count: 5 })).toBe(true);
    },
  );

  it.each([3, 7, 60, 999, 2.5])(
    "keeps a rate of %s per second although timers come late",
    async (ratePerSecond) => {
      await simulate(
        async () => {
          const limiter = new RateLimiter({ ratePerSecond, burst: 1 });
          let last = 0;
          for (let i = 0; i <= 300; i += 1) last = await grantedAt(limiter);
          expect(Math.abs(last - (300 / ratePerSecond) * 1_000)).toBeLessThanOrEqual(1);
        },
        { maxEvents: 5_000 },
      );
    },
  );

  it("makes good a millisecond at most of a timer that comes late: after a stall there is no flood", async () => {
    await simulate(async () => {
      const setTimer = globalThis.setTimeout;
      using stalled = vi.spyOn(globalThis, "setTimeout");
      stalled.mockImplementation(((callback: () => void, ms: number) =>
        setTimer(callback, ms + 500)) as typeof setTimeout);
      const limiter = new RateLimiter({ ratePerSecond: 100, burst: 1 });
      const at = await Promise.all(Array.from({ length: 4 }, () => grantedAt(limiter)));
      expect(at).toEqual([0, 510, 1_019, 1_528]);
    });
  });

  it("hands out no more than rate and burst in any second, rounded up, whoever asks when", async () => {
    const asked = fc.record({
      afterMs: fc.nat(400),
      count: fc.integer({ min: 1, max: 4 }),
      tries: fc.boolean(),
    });
    const rate = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.double({ min: 0.5, max: 20, noNaN: true }));
    const scenario = async (ratePerSecond: number, burst: number, requests: readonly Request[]) => {
      const limiter = new RateLimiter({ ratePerSecond, burst });
      const granted: { at: number; count: number }[] = [];
      const note = (count: number) => granted.push({ at: performance.now(), count });
      const all: Promise<unknown>[] = [];
      for (const request of requests) {
        const count = Math.min(request.count, burst);
        if (!request.tries) all.push(limiter.acquire({ count }).then(() => note(count)));
        else if (limiter.tryAcquire({ count })) note(count);
        if (request.afterMs > 200) await sleep(request.afterMs - 200);
      }
      await Promise.all(all);
      for (const { at } of granted) {
        const inSecond = granted.filter((other) => other.at >= at && other.at < at + 1_000);
        const sum = inSecond.reduce((total, { count }) => total + count, 0);
        expect(sum).toBeLessThanOrEqual(Math.ceil(ratePerSecond + burst));
      }
    };
    await fc.assert(
      fc.asyncProperty(
        rate,
        fc.integer({ min: 1, max: 8 }),
        fc.array(asked, { maxLength: 60 }),
        async (ratePerSecond, burst, requests) => {
          await simulate(() => scenario(ratePerSecond, burst, requests), { leaks: false });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("does not drift over a million tokens", async () => {
    await simulate(async () => {
      const ratePerSecond = 700;
      const limiter = new RateLimiter({ ratePerSecond, burst: 1_000 });
      let taken = 0;
      while (taken < 1_000_000) {
        while (limiter.tryAcquire({ count: 7 })) taken += 7;
        await sleep(1_003);
      }
      const expected = 1_000 + (performance.now() / 1_000 - 1.003) * ratePerSecond;
      expect(Math.abs(taken - expected)).toBeLessThan(7);
    });
  });

  it("limits nothing at a rate of Infinity", async () => {
    const limiter = new RateLimiter({ ratePerSecond: Infinity, burst: 2 });
    for (let i = 0; i < 1_000; i += 1) expect(limiter.tryAcquire({ count: 2 })).toBe(true);
    expect(await isPending(limiter.acquire({ count: 2 }))).toBe(false);
    expect(limiter.retryAfterMs()).toBe(0);
  });

  it.each([0, 3])(
    "hands out each token once and leaves nothing, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const limiter = new RateLimiter({ ratePerSecond: 10, burst: 2 });
          const leavers = [new AbortController(), new AbortController()];
          for (const [i, leaver] of leavers.entries())
            sim.anytime(`${i} leaves`, () => leaver.abort(`${i} left`));
          let taken = 0;
          const ask = async (count: number, signal?: AbortSignal) => {
            await limiter.acquire({ count, signal });
            taken += count;
            const most = 2 + sim.now() / 100 + 1e-9;
            guarantee(taken <= most, {
              happened: `${taken} tokens were out after ${sim.now()} ms`,
              expected: `at most ${most}`,
              why: "the other side bans whoever asks more often than agreed",
            });
          };
          const outcomes = await Promise.allSettled([
            sim.spawn("first", () => ask(2, leavers[0]?.signal)),
            sim.spawn("second", () => ask(2, leavers[1]?.signal)),
            sim.spawn("third", () => ask(1)),
          ]);
          for (const [i, outcome] of outcomes.entries()) {
            if (outcome.status === "rejected") expect(outcome.reason).toBe(`${i} left`);
          }
          expect(limiter.waiting).toBe(0);
          for (const { signal } of leavers) expect(getEventListeners(signal, "abort")).toHaveLength(0);
        },
        { squeeze },
      );
    },
  );

  it("leaves no listener and no timer", async () => {
    await noLeaks(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 0.001, burst: 1 });
      const controller = new AbortController();
      const { signal } = controller;
      await limiter.acquire({ signal });
      const all = Array.from({ length: 1_000 }, () => limiter.acquire({ signal }));
      expect(getEventListeners(signal, "abort")).toHaveLength(1);
      controller.abort("enough");
      const outcomes = await Promise.allSettled(all);
      expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });
  });

  it("leaves no listener on a signal that lives on, when all have been served", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 1e5, burst: 10 });
      const { signal } = new AbortController();
      const all = Array.from({ length: 1_000 }, () => limiter.acquire({ signal }));
      expect(getEventListeners(signal, "abort")).toHaveLength(1);
      await Promise.all(all);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
      expect(limiter.waiting).toBe(0);
    });
  });
});

describe("RateLimiter.tryAcquire", () => {
  it("takes what is there, never waits, and gets nothing while somebody waits", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 10, burst: 4 });
      expect(limiter.tryAcquire({ count: 3 })).toBe(true);
      expect(limiter.tryAcquire({ count: 2 })).toBe(false);
      const waiting = limiter.acquire({ count: 2 });
      expect(limiter.tryAcquire()).toBe(false); // There is one token, but it is spoken for.
      await waiting;
      expect(limiter.tryAcquire()).toBe(false);
    });
  });
});

describe("RateLimiter.retryAfterMs", () => {
  it("tells how long a newcomer would wait, behind those who wait already", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 3, burst: 2 });
      expect(limiter.retryAfterMs({ count: 2 })).toBe(0);
      await limiter.acquire({ count: 2 });
      expect(limiter.retryAfterMs()).toBe(334);
      const waiting = limiter.acquire({ count: 2 });
      expect(limiter.retryAfterMs()).toBe(1_000);
      const estimateMs = limiter.retryAfterMs();
      expect(await grantedAt(limiter)).toBe(estimateMs);
      await waiting;
    });
  });

  it("is long enough for who comes back after it", async () => {
    await simulate(async () => {
      const limiter = new RateLimiter({ ratePerSecond: 7, burst: 1 });
      for (let i = 0; i < 20; i += 1) {
        expect(limiter.tryAcquire()).toBe(true);
        await sleep(limiter.retryAfterMs());
      }
    });
  });
});

async function grantedAt(limiter: RateLimiter, count = 1): Promise<number> {
  await limiter.acquire({ count });
  return Math.round(performance.now());
}
