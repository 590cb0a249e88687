import { getEventListeners } from "node:events";
import { explore, guarantee, noLeaks, simulate } from "@pattern-labs/testkit";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { show } from "./arguments/show.ts";
import { type Attempt, decorrelatedJitterMs, fullJitterMs, RetryError, retry } from "./retry.ts";
import { sleep } from "./sleep.ts";

/** Draws the longest delay. */
const longest = () => 1;

describe("retry", () => {
  it("gives back what the first attempt that succeeds returns, and tells each its number", async () => {
    await simulate(async () => {
      const seen: number[] = [];
      const task = ({ attempt }: Attempt) => {
        seen.push(attempt);
        if (attempt < 3) throw new Error("busy");
        return "done";
      };
      expect(await retry(task)).toBe("done");
      expect(seen).toEqual([1, 2, 3]);
    });
  });

  it("sets no timer and looks at no clock if the first attempt succeeds", async () => {
    await simulate(async (sim) => {
      const { signal } = new AbortController();
      expect(await retry(() => 1, { attempts: 5, signal })).toBe(1);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
      expect(sim.now()).toBe(0);
    });
  });

  it("gives up after 3 attempts, or as many as it is told, and tells of all of them", async () => {
    await simulate(async () => {
      for (const attempts of [undefined, 1, 5]) {
        const thrown: Error[] = [];
        const task = ({ attempt }: Attempt) => {
          thrown.push(new Error(`failure ${attempt}`));
          throw thrown.at(-1);
        };
        const error: unknown = await retry(task, { attempts }).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(RetryError);
        expect(error).toMatchObject({ name: "RetryError", attempts: attempts ?? 3, cause: thrown.at(-1) });
        expect((error as RetryError).errors).toEqual(thrown);
        expect(thrown).toHaveLength(attempts ?? 3);
      }
    });
  });

  it.each([
    [1, new Error("refused"), "Gave up after 1 attempt: refused"],
    [2, "refused", "Gave up after 2 attempts: refused"],
    [1, Symbol("odd"), "Gave up after 1 attempt: Symbol(odd)"],
  ])("says after %s attempts why it gave up", async (attempts, thrown, message) => {
    await simulate(async () => {
      await expect(retry(() => Promise.reject(thrown), { attempts })).rejects.toThrow(message);
    });
  });

  it("keeps the last hundred errors, however often it tries", async () => {
    await simulate(async () => {
      const fail = ({ attempt }: Attempt) => Promise.reject(attempt);
      const error = await retry(fail, { attempts: 150, maxDelayMs: 0 }).catch((reason: RetryError) => reason);
      expect(error.errors).toEqual(Array.from({ length: 100 }, (_, i) => i + 51));
      expect(error.attempts).toBe(150);
    });
  });

  it("throws a permanent error as it is, without trying again", async () => {
    await simulate(async (sim) => {
      const missing = new Error("not found");
      const task = vi.fn(({ attempt }: Attempt) => {
        throw attempt === 1 ? new Error("busy") : missing;
      });
      const isRetryable = (error: unknown) => error !== missing;
      await expect(retry(task, { attempts: 9, isRetryable, random: longest })).rejects.toBe(missing);
      expect(task).toHaveBeenCalledTimes(2);
      expect(sim.now()).toBe(100);
    });
  });

  it("waits up to twice as long each time, never longer than its bound", async () => {
    await simulate(async () => {
      const begun: number[] = [];
      const task = () => {
        begun.push(Math.round(performance.now()));
        throw new Error("busy");
      };
      const options = { attempts: 6, baseDelayMs: 100, maxDelayMs: 500, random: longest };
      await expect(retry(task, options)).rejects.toThrow(RetryError);
      expect(gapsOf(begun)).toEqual([100, 200, 400, 500, 500]);
    });
  });

  it("draws each delay from all that lies between zero and the bound", async () => {
    await simulate(async () => {
      const delays: number[] = [];
      const onRetry = ({ delayMs }: { delayMs: number }) => delays.push(delayMs);
      const draws = [0, 0.5, 0.25];
      const random = () => draws.shift() ?? 0;
      const options = { attempts: 4, baseDelayMs: 100, random, onRetry };
      await expect(retry(() => Promise.reject(new Error("busy")), options)).rejects.toThrow(RetryError);
      expect(delays).toEqual([0, 100, 100]);
    });
  });

  it("draws each delay from the base to three times the last one, if decorrelated", async () => {
    await simulate(async () => {
      const delays: number[] = [];
      const onRetry = ({ delayMs }: { delayMs: number }) => delays.push(delayMs);
      const draws = [0.5, 0.5, 0, 1];
      const random = () => draws.shift() ?? 0;
      const options = { attempts: 5, baseDelayMs: 100, random, onRetry, jitter: "decorrelated" } as const;
      await expect(retry(() => Promise.reject(new Error("busy")), options)).rejects.toThrow(RetryError);
      expect(delays).toEqual([200, 350, 100, 300]);
    });
  });

  it("tells of each failure before the delay, and what the callback throws ends it", async () => {
    await simulate(async () => {
      const busy = new Error("busy");
      const seen: unknown[] = [];
      const onRetry = (failure: unknown) => {
        if (seen.push(failure) === 2) throw new Error("enough of it");
      };
      const fail = () => Promise.reject(busy);
      await expect(retry(fail, { attempts: 9, random: () => 0.5, onRetry })).rejects.toThrow("enough of it");
      expect(seen).toEqual([
        { error: busy, attempt: 1, delayMs: 50 },
        { error: busy, attempt: 2, delayMs: 100 },
      ]);
    });
  });

  it("begins no attempt after its time, and shortens the last delay to what is left", async () => {
    await simulate(async (sim) => {
      const begun: number[] = [];
      const task = async () => {
        begun.push(Math.round(sim.now()));
        await sleep(10);
        throw new Error("busy");
      };
      const options = { attempts: Infinity, baseDelayMs: 100, withinMs: 500, random: longest };
      await expect(retry(task, options)).rejects.toMatchObject({ name: "RetryError", attempts: 4 });
      expect(begun).toEqual([0, 110, 320, 500]);
      expect(sim.now()).toBe(510);
    });
  });

  it("tries once if it has no time at all", async () => {
    await simulate(async () => {
      const fail = () => Promise.reject(new Error("busy"));
      await expect(retry(fail, { withinMs: 0, attempts: 9 })).rejects.toMatchObject({ attempts: 1 });
    });
  });

  it("does not cut short an attempt that runs when the time is over", async () => {
    await simulate(async () => {
      expect(await retry(() => sleep(100).then(() => "late"), { withinMs: 10 })).toBe("late");
    });
  });

  it("stays away for as long as the other side asks, and somewhat longer", async () => {
    await simulate(async (sim) => {
      const begun: number[] = [];
      const task = ({ attempt }: Attempt) => {
        begun.push(Math.round(sim.now()));
        if (attempt < 3) throw new Error("busy", { cause: attempt === 1 ? 2_000 : undefined });
      };
      const retryAfterMs = (error: unknown) => (error as { readonly cause?: number }).cause;
      await retry(task, { retryAfterMs, random: () => 0.5 });
      expect(begun).toEqual([0, 2_050, 2_150]);
    });
  });

  it("gives up at once if the other side asks for more time than is left", async () => {
    await simulate(async (sim) => {
      const options = { withinMs: 1_000, retryAfterMs: () => 60_000 };
      await expect(retry(() => Promise.reject(new Error("busy")), options)).rejects.toMatchObject({
        attempts: 1,
      });
      expect(sim.now()).toBe(0);
    });
  });

  it.each([Number.NaN, -5, undefined])("takes %s from the other side for no answer", async (asked) => {
    await simulate(async (sim) => {
      const options = { attempts: 2, random: () => 0.5, retryAfterMs: () => asked };
      await expect(retry(() => Promise.reject(new Error("busy")), options)).rejects.toThrow(RetryError);
      expect(sim.now()).toBe(50);
    });
  });

  it.each(["50", null, 5n])(
    "refuses %s for how long the other side has asked, and tells what was thrown",
    async (asked) => {
      const busy = new Error("busy");
      const task = vi.fn(() => Promise.reject(busy));
      const error: unknown = await retry(task, { retryAfterMs: () => asked as unknown as number }).catch(
        (reason: unknown) => reason,
      );
      const rule = "retryAfterMs must give a number of milliseconds, or undefined";
      expect(error).toEqual(new RangeError(`Cannot retry: ${rule}, got ${show(asked)}`, { cause: busy }));
      expect((error as Error).cause).toBe(busy);
      expect(task).toHaveBeenCalledOnce();
    },
  );

  it.each(["full", "decorrelated"] as const)(
    "refuses NaN from random, and tells what was thrown: %s",
    async (jitter) => {
      const busy = new Error("busy");
      const task = vi.fn(() => Promise.reject(busy));
      const error: unknown = await retry(task, { jitter, random: () => Number.NaN }).catch(
        (reason: unknown) => reason,
      );
      expect(error).toEqual(
        new RangeError("Cannot draw a delay: random must give a number from 0 to 1, got NaN", {
          cause: busy,
        }),
      );
      expect((error as Error).cause).toBe(busy);
      expect(task).toHaveBeenCalledOnce();
    },
  );

  it("gives each attempt the caller's own signal", async () => {
    const { signal } = new AbortController();
    await retry((attempt) => expect(attempt.signal).toBe(signal), { signal });
    await retry((attempt) => expect({ ...attempt }.signal).toBe(signal), { signal });
  });

  it("gives each attempt a signal even if the caller has none", async () => {
    await retry((attempt) => {
      expect(attempt.signal).toBeInstanceOf(AbortSignal);
      expect(attempt.signal).toBe(attempt.signal);
      expect(attempt.signal.aborted).toBe(false);
    });
  });

  it("does not begin under a signal that has aborted", async () => {
    const task = vi.fn();
    await expect(retry(task, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(task).not.toHaveBeenCalled();
  });

  it("notices an abort at once during the delay, not after it", async () => {
    await simulate(async (sim) => {
      const reason = { who: "client" };
      const controller = new AbortController();
      const task = vi.fn(() => Promise.reject(new Error("busy")));
      const running = retry(task, {
        baseDelayMs: 60_000,
        maxDelayMs: 60_000,
        random: longest,
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(reason), 25);
      await expect(running).rejects.toBe(reason);
      expect(sim.now()).toBe(25);
      expect(task).toHaveBeenCalledOnce();
    });
  });

  it("never retries an abort, whatever the attempt made of it", async () => {
    await simulate(async () => {
      const controller = new AbortController();
      const isRetryable = vi.fn(() => true);
      const task = vi.fn(async () => {
        controller.abort("gone");
        throw new Error("socket hang up");
      });
      await expect(retry(task, { signal: controller.signal, isRetryable })).rejects.toBe("gone");
      expect(task).toHaveBeenCalledOnce();
      expect(isRetryable).not.toHaveBeenCalled();
    });
  });

  it.each([
    [{ attempts: 0 }, "attempts must be a whole number from 1 or Infinity, got 0"],
    [{ attempts: 1.5 }, "attempts must be a whole number from 1 or Infinity, got 1.5"],
    [{ withinMs: -1 }, "withinMs must be a number of milliseconds, at least 0, got -1"],
    [{ withinMs: Number.NaN }, "withinMs must be a number of milliseconds, at least 0, got NaN"],
    [{ baseDelayMs: -1 }, "baseDelayMs must be a number of milliseconds, at least 0, got -1"],
    [
      { maxDelayMs: "5" as unknown as number },
      'maxDelayMs must be a number of milliseconds, at least 0, got "5"',
    ],
  ])("rejects with RangeError for %s, before it begins", async (options, message) => {
    const task = vi.fn();
    await expect(retry(task, options)).rejects.toThrow(new RangeError(`Cannot retry: ${message}`));
    expect(task).not.toHaveBeenCalled();
  });

  it("leaves nothing behind, whichever way it ends, in every order", async () => {
    await explore(async (sim) => {
      const controller = new AbortController();
      sim.anytime("client leaves", () => controller.abort("left"));
      const task = async () => {
        await sim.io("call");
        if (sim.choose("server", ["refuses", "answers"]) === "refuses") throw new Error("refused");
        return "answer";
      };
      const [outcome] = await Promise.allSettled([retry(task, { attempts: 2, signal: controller.signal })]);
      const told = outcome.status === "fulfilled" ? outcome.value : outcome.reason;
      guarantee(told === "answer" || told === "left" || told instanceof RetryError, {
        happened: `the caller was told ${told}`,
        expected: "the answer, its own reason, or a RetryError",
        why: "it must know why there is no answer",
      });
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    });
  });

  it("leaves nothing parked after a hundred retries under one signal", async () => {
    await noLeaks(async () => {
      const { signal } = new AbortController();
      const flaky = async ({ attempt }: Attempt) => {
        if (attempt === 1) throw new Error("busy");
      };
      await Promise.all(Array.from({ length: 100 }, () => retry(flaky, { signal, maxDelayMs: 0 })));
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });
  });
});

describe("fullJitterMs", () => {
  it("stays within its bounds after any number of failures", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.nat(1e6),
        fc.nat(1e9),
        chance,
        (failures, baseDelayMs, maxDelayMs, draw) => {
          const delayMs = fullJitterMs(failures, { baseDelayMs, maxDelayMs, random: () => draw });
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1) || 0));
        },
      ),
    );
  });

  it("is 50 ms on average after the first failure, unless told otherwise", () => {
    expect(fullJitterMs(1, { random: () => 0.5 })).toBe(50);
    expect(fullJitterMs(100, { random: () => 0.5 })).toBe(5_000);
  });
});

describe("decorrelatedJitterMs", () => {
  it("stays within its bounds after any delay", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), fc.nat(1e6), chance, (previousMs, baseDelayMs, extraMs, draw) => {
        const maxDelayMs = baseDelayMs + extraMs;
        const previous = Math.max(previousMs, baseDelayMs);
        const delayMs = decorrelatedJitterMs(previous, { baseDelayMs, maxDelayMs, random: () => draw });
        expect(delayMs).toBeGreaterThanOrEqual(baseDelayMs);
        expect(delayMs).toBeLessThanOrEqual(Math.min(maxDelayMs, 3 * previous));
      }),
    );
  });
});

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}
