import { explore, guarantee, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitChange,
  CircuitOpenError,
} from "./circuit-breaker.ts";
import { sleep } from "./sleep.ts";

const refused = new Error("connection refused");
const succeed = async () => "answer";
const fail = () => Promise.reject(refused);

describe("CircuitBreaker, closed", () => {
  it("gives back what the task returns, and throws what it throws, be it at once", async () => {
    const breaker = new CircuitBreaker({ coolDownMs: 1_000 });
    expect(await breaker.run(succeed)).toBe("answer");
    expect(await breaker.run(() => 1)).toBe(1);
    await expect(breaker.run(fail)).rejects.toBe(refused);
    const failAtOnce = () => {
      throw refused;
    };
    await expect(breaker.run(failAtOnce)).rejects.toBe(refused);
    expect(breaker.statistics).toMatchObject({ state: "closed", calls: 4, failures: 2, failuresInARow: 2 });
  });

  it("opens after so many failures in a row, which a success begins anew", async () => {
    const breaker = new CircuitBreaker({ failuresInARow: 3, coolDownMs: 1_000 });
    await failTimes(breaker, 2);
    await breaker.run(succeed);
    await failTimes(breaker, 2);
    expect(breaker.state).toBe("closed");
    await failTimes(breaker, 1);
    expect(breaker.state).toBe("open");
  });

  it("opens when too large a share of the latest calls has failed, once there are enough of them", async () => {
    await simulate(async () => {
      const failureRate = { atLeast: 0.5, windowMs: 10_000, minimumCalls: 6 };
      const breaker = new CircuitBreaker({ failuresInARow: Infinity, failureRate, coolDownMs: 1_000 });
      await failTimes(breaker, 4);
      await sleep(11_000); // They are too old to count.
      for (let i = 0; i < 3; i += 1) await breaker.run(succeed);
      await failTimes(breaker, 2);
      expect(breaker.statistics).toMatchObject({ state: "closed", calls: 5, failures: 2 });
      await failTimes(breaker, 1);
      expect(breaker.statistics).toMatchObject({ state: "open", calls: 6, failures: 3 });
    });
  });

  it("takes for a success what is no failure of the other side", async () => {
    const missing = new Error("not found");
    const isFailure = (error: unknown) => error !== missing;
    const breaker = new CircuitBreaker({ failuresInARow: 2, isFailure, coolDownMs: 1_000 });
    await failTimes(breaker, 1);
    await expect(breaker.run(() => Promise.reject(missing))).rejects.toBe(missing);
    await failTimes(breaker, 1);
    expect(breaker.statistics).toMatchObject({ state: "closed", calls: 3, failures: 2, failuresInARow: 1 });
  });

  it("does not count the call of a caller who has left, whatever it threw", async () => {
    const isFailure = vi.fn(() => true);
    const breaker = new CircuitBreaker({ failuresInARow: 1, isFailure, coolDownMs: 1_000 });
    const caller = new AbortController();
    const hungUp = new Error("socket hang up");
    const task = async () => {
      caller.abort("gone");
      throw hungUp;
    };
    await expect(breaker.run(task, caller)).rejects.toBe(hungUp);
    expect(breaker.statistics).toMatchObject({ state: "closed", calls: 0, failures: 0 });
    expect(isFailure).not.toHaveBeenCalled();
  });

  it("does not count what is no function", async () => {
    const breaker = new CircuitBreaker({ failuresInARow: 1, coolDownMs: 1_000 });
    await expect(breaker.run(undefined as never)).rejects.toThrow(TypeError);
    expect(breaker.statistics).toMatchObject({ state: "closed", calls: 0, failures: 0 });
  });

  it("refuses a signal that has aborted, and does not call", async () => {
    const breaker = new CircuitBreaker({ failuresInARow: 1, coolDownMs: 1_000 });
    const task = vi.fn();
    await expect(breaker.run(task, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(task).not.toHaveBeenCalled();
    await failTimes(breaker, 1);
    await expect(breaker.run(task, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
  });
});

describe("CircuitBreaker, open", () => {
  it("refuses without calling, and says why and for how long", async () => {
    await simulate(async () => {
      const breaker = await opened({ coolDownMs: 1_000 });
      await sleep(400);
      const task = vi.fn();
      const error: unknown = await breaker.run(task).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CircuitOpenError);
      expect(error).toMatchObject({
        name: "CircuitOpenError",
        message: "Cannot call through CircuitBreaker: it is open, try again in 600 ms",
        retryAfterMs: 600,
        cause: refused,
      });
      expect(task).not.toHaveBeenCalled();
      expect(breaker.statistics).toMatchObject({ state: "open", openedAt: 0, retryAfterMs: 600 });
    });
  });

  it("becomes half open when the cool-down has passed, although nobody called meanwhile, and without a timer", async () => {
    await simulate(async () => {
      const breaker = await opened({ coolDownMs: 1_000 });
      await sleep(999);
      expect(breaker.state).toBe("open");
      await sleep(1);
      expect(breaker.statistics).toMatchObject({ state: "half-open", retryAfterMs: 0 });
      await sleep(1e9);
      expect(breaker.state).toBe("half-open");
      expect(await breaker.run(succeed)).toBe("answer");
    });
  });

  it.each(["succeeds", "fails"])("is not changed by a call from before that %s late", async (how) => {
    await simulate(async () => {
      const breaker = new CircuitBreaker({ failuresInARow: 1, coolDownMs: 1_000 });
      const late = Promise.withResolvers<string>();
      const calling = breaker.run(() => late.promise).catch(() => "failed");
      await failTimes(breaker, 1);
      await sleep(1_000);
      const probe = Promise.withResolvers<string>();
      const probing = breaker.run(() => probe.promise);
      const before = breaker.statistics;
      if (how === "succeeds") late.resolve("late");
      else late.reject(refused);
      await calling;
      expect(breaker.statistics).toEqual(before);
      probe.resolve("recovered");
      await probing;
      expect(breaker.state).toBe("closed");
    });
  });
});

describe("CircuitBreaker, half open", () => {
  it.each([1, 3])("lets just %s probes through and refuses the flood", async (probes) => {
    await simulate(async () => {
      const breaker = await opened({ coolDownMs: 1_000, probes });
      await sleep(1_000);
      const gate = Promise.withResolvers<string>();
      const task = vi.fn(() => gate.promise);
      const flood = Array.from({ length: 100 }, () => breaker.run(task));
      const outcomes = Promise.allSettled(flood);
      expect(task).toHaveBeenCalledTimes(probes);
      gate.resolve("recovered");
      const succeeded = (await outcomes).filter(({ status }) => status === "fulfilled");
      expect(succeeded).toHaveLength(probes);
      expect(breaker.state).toBe("closed");
    });
  });

  it("closes when all probes have succeeded, not before, and begins to count anew", async () => {
    await simulate(async () => {
      const breaker = await opened({ failuresInARow: 2, coolDownMs: 1_000, probes: 2 });
      await sleep(1_000);
      await breaker.run(succeed);
      expect(breaker.state).toBe("half-open");
      await breaker.run(succeed);
      const fresh = { calls: 0, failures: 0, failuresInARow: 0, openedAt: undefined, retryAfterMs: 0 };
      expect(breaker.statistics).toEqual({ state: "closed", ...fresh });
      await failTimes(breaker, 1);
      expect(breaker.state).toBe("closed");
    });
  });

  it("opens anew at the first failure, for a whole cool-down, and takes no notice of the other probes", async () => {
    await simulate(async () => {
      const breaker = await opened({ failuresInARow: 2, coolDownMs: 1_000, probes: 3 });
      await sleep(1_500);
      const other = Promise.withResolvers<string>();
      const probing = breaker.run(() => other.promise);
      await failTimes(breaker, 1);
      expect(breaker.statistics).toMatchObject({ state: "open", openedAt: 1_500, retryAfterMs: 1_000 });
      other.resolve("late");
      await probing;
      expect(breaker.state).toBe("open");
      await expect(breaker.run(succeed)).rejects.toThrow(CircuitOpenError);
    });
  });

  it("takes for a recovery what is no failure of the other side", async () => {
    await simulate(async () => {
      const missing = new Error("not found");
      const breaker = await opened({ coolDownMs: 1_000, isFailure: (error) => error !== missing });
      await sleep(1_000);
      await expect(breaker.run(() => Promise.reject(missing))).rejects.toBe(missing);
      expect(breaker.state).toBe("closed");
    });
  });

  it("gives the place of a probe whose caller left to the next call", async () => {
    await simulate(async () => {
      const breaker = await opened({ coolDownMs: 1_000 });
      await sleep(1_000);
      const caller = new AbortController();
      const probing = breaker.run(() => sleep(60_000, caller), caller);
      await expect(breaker.run(succeed)).rejects.toThrow(CircuitOpenError);
      caller.abort("gone");
      await expect(probing).rejects.toBe("gone");
      expect(breaker.state).toBe("half-open");
      expect(await breaker.run(succeed)).toBe("answer");
      expect(breaker.state).toBe("closed");
    });
  });

  it("tries another after a further cool-down if a probe does not end", async () => {
    await simulate(
      async () => {
        const breaker = await opened({ coolDownMs: 1_000 });
        await sleep(1_000);
        void breaker.run(() => new Promise(() => {}));
        await sleep(400);
        await expect(breaker.run(succeed)).rejects.toMatchObject({ retryAfterMs: 600 });
        await sleep(600);
        expect(await breaker.run(succeed)).toBe("answer");
        expect(breaker.state).toBe("closed");
      },
      { leaks: false },
    );
  });

  it("lets as many through again as were taken for lost", async () => {
    await simulate(
      async () => {
        const breaker = await opened({ coolDownMs: 1_000, probes: 3 });
        const task = vi.fn(() => new Promise(() => {}));
        const flood = () => {
          for (let i = 0; i < 10; i += 1) breaker.run(task).catch(() => {});
        };
        await sleep(1_000);
        await breaker.run(succeed);
        flood();
        expect(task).toHaveBeenCalledTimes(2);
        await sleep(1_000);
        flood();
        expect(task).toHaveBeenCalledTimes(4);
        expect(breaker.state).toBe("half-open");
      },
      { leaks: false },
    );
  });

  it("opens anew at a failure that would not open a closed circuit", async () => {
    await simulate(async () => {
      const failureRate = { atLeast: 1, windowMs: 1_000, minimumCalls: 5 };
      const breaker = new CircuitBreaker({ failuresInARow: Infinity, failureRate, coolDownMs: 5_000 });
      await failTimes(breaker, 5);
      await sleep(5_000);
      await failTimes(breaker, 1);
      expect(breaker.state).toBe("open");
    });
  });

  it("closes by probes that are slower than the cool-down", async () => {
    await simulate(async () => {
      const breaker = await opened({ coolDownMs: 1_000 });
      await sleep(1_000);
      const slow = breaker.run(() => sleep(2_500));
      await sleep(1_000);
      const second = breaker.run(() => sleep(9_000).then(fail)).catch(() => {});
      await slow;
      expect(breaker.state).toBe("closed");
      await second; // It began while half open, so it says nothing now.
      expect(breaker.statistics).toMatchObject({ state: "closed", failures: 0 });
    });
  });

  it("gets no second place from a probe that was taken for lost and then left", async () => {
    await simulate(async () => {
      const breaker = await opened({ coolDownMs: 1_000 });
      await sleep(1_000);
      const caller = new AbortController();
      const lost = breaker.run(() => sleep(60_000, caller), caller);
      await sleep(1_000);
      const probe = Promise.withResolvers<string>();
      const probing = breaker.run(() => probe.promise);
      caller.abort("gone");
      await expect(lost).rejects.toBe("gone");
      await expect(breaker.run(succeed)).rejects.toThrow(CircuitOpenError);
      probe.resolve("recovered");
      await probing;
    });
  });

  it.each([0, 3])(
    "keeps its bound on probes and comes to rest, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const breaker = await opened({ failuresInARow: 1, coolDownMs: 100 });
          const leaver = new AbortController();
          sim.anytime("a caller leaves", () => leaver.abort("left"));
          let probing = 0;
          const probe = async () => {
            probing += 1;
            guarantee(probing === 1, {
              happened: `${probing} probes were under way`,
              expected: "one at a time",
              why: "a service that is just recovering is knocked down by a flood",
            });
            await sim.io("call").finally(() => {
              probing -= 1;
            });
            if (sim.choose("service", ["recovered", "still down"]) === "still down") throw refused;
          };
          const call = async (signal?: AbortSignal) => {
            await sleep(100);
            const task = () => probe().finally(() => signal?.throwIfAborted());
            await breaker.run(task, { signal }).catch(() => {});
          };
          await Promise.all([
            sim.spawn("first", () => call(leaver.signal)),
            sim.spawn("second", () => call()),
            sim.spawn("third", () => call()),
          ]);
          await sleep(10_000);
          await breaker.run(succeed);
          expect(breaker.state).toBe("closed");
        },
        { squeeze },
      );
    },
  );
});

describe("CircuitBreaker.onStateChange", () => {
  it("is told of each change once, in order, and not within the call", async () => {
    await simulate(async () => {
      const changes: CircuitChange[] = [];
      const breaker = new CircuitBreaker({
        failuresInARow: 1,
        coolDownMs: 1_000,
        onStateChange: (change) => changes.push(change),
      });
      await failTimes(breaker, 1);
      await sleep(1_000);
      await failTimes(breaker, 1);
      await sleep(1_000);
      await breaker.run(succeed);
      expect(changes).toEqual([
        { from: "closed", to: "open", cause: refused },
        { from: "open", to: "half-open", cause: refused },
        { from: "half-open", to: "open", cause: refused },
        { from: "open", to: "half-open", cause: refused },
        { from: "half-open", to: "closed", cause: refused },
      ]);
    });
  });

  it("does not fail a call if it throws: that is an error of its own", async () => {
    const outcome: unknown[] = [];
    const loud = simulate(async () => {
      const onStateChange = () => {
        throw new Error("the log is full");
      };
      const breaker = new CircuitBreaker({ failuresInARow: 1, coolDownMs: 1_000, onStateChange });
      outcome.push(await breaker.run(fail).catch((error: unknown) => error));
      await sleep(1);
    });
    await expect(loud).rejects.toMatchObject({ kind: "uncaught error" });
    expect(outcome[0]).toBe(refused);
  });
});

describe("new CircuitBreaker", () => {
  it.each([
    [{ failuresInARow: 0 }, "failuresInARow must be a whole number from 1 or Infinity, got 0"],
    [{ probes: 1.5 }, "probes must be a whole number from 1, got 1.5"],
    [{ coolDownMs: 0 }, "coolDownMs must be a positive number of milliseconds, got 0"],
    [{ coolDownMs: Number.NaN }, "coolDownMs must be a positive number of milliseconds, got NaN"],
    [
      { coolDownMs: "5" as unknown as number },
      'coolDownMs must be a positive number of milliseconds, got "5"',
    ],
  ])("throws RangeError for %s", (wrong, message) => {
    const make = () => new CircuitBreaker({ coolDownMs: 1_000, ...wrong });
    expect(make).toThrow(new RangeError(`Cannot create CircuitBreaker: ${message}`));
  });
});

async function failTimes(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) await expect(breaker.run(fail)).rejects.toBe(refused);
}

async function opened(options: CircuitBreakerOptions): Promise<CircuitBreaker> {
  const breaker = new CircuitBreaker({ failuresInARow: 1, ...options });
  await failTimes(breaker, options.failuresInARow ?? 1);
  return breaker;
}
