import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { Singleflight } from "./singleflight.ts";
import { sleep } from "./sleep.ts";

describe("Singleflight.run", () => {
  it("makes one call for all who ask at the same time, and gives them the identical value", async () => {
    const flights = new Singleflight<string, object>();
    const task = vi.fn(async () => ({ name: "Ada" }));
    const { signal } = new AbortController();
    const [one, other, third] = await Promise.all([
      flights.run("ada", task),
      flights.run("ada", task, { signal }),
      flights.run("ada", task),
    ]);
    expect(task).toHaveBeenCalledOnce();
    expect(other).toBe(one);
    expect(third).toBe(one);
  });

  it("tells all of them the identical error, be it thrown before the first await", async () => {
    const failure = new Error("no such user");
    const { signal } = new AbortController();
    for (const task of [() => Promise.reject(failure), fail(failure)]) {
      const flights = new Singleflight<string, never>();
      const outcomes = [flights.run("ada", task), flights.run("ada", task, { signal })];
      for (const outcome of outcomes) await expect(outcome).rejects.toBe(failure);
      expect(flights.size).toBe(0);
    }
  });

  it("keeps different keys apart", async () => {
    const flights = new Singleflight<number, number>();
    const results = [1, 2, 3].map((key) => flights.run(key, async () => key * 10));
    expect(flights.size).toBe(3);
    expect(await Promise.all(results)).toEqual([10, 20, 30]);
    expect(flights.size).toBe(0);
  });

  it("remembers neither value nor error: who asks after the end begins anew, in the same turn already", async () => {
    const flights = new Singleflight<string, number>();
    let calls = 0;
    const task = async () => {
      calls += 1;
      if (calls === 2) throw new Error("once in a while");
      return calls;
    };
    expect(await flights.run("key", task)).toBe(1);
    await expect(flights.run("key", task)).rejects.toThrow("once in a while");
    expect(await flights.run("key", task)).toBe(3);
  });

  it("begins the task within the call", () => {
    const task = vi.fn(() => 1);
    void new Singleflight<string, number>().run("key", task);
    expect(task).toHaveBeenCalledOnce();
  });

  it("lets one caller leave at once, with its own reason, and goes on for the others", async () => {
    const flights = new Singleflight<string, string>();
    const { promise, resolve } = Promise.withResolvers<string>();
    let told: AbortSignal | undefined;
    const task = ({ signal }: { readonly signal: AbortSignal }) => {
      told = signal;
      return promise;
    };
    const reason = { why: "closed the page" };
    const leaver = new AbortController();
    const first = flights.run("key", task, leaver);
    const second = flights.run("key", task, { signal: new AbortController().signal });
    leaver.abort(reason);

    await expect(first).rejects.toBe(reason);
    expect(told?.aborted).toBe(false);
    resolve("value");
    expect(await second).toBe("value");
  });

  it("goes on for a caller that cannot leave, even if all others have", async () => {
    const flights = new Singleflight<string, string>();
    const leaver = new AbortController();
    let told: AbortSignal | undefined;
    const { promise, resolve } = Promise.withResolvers<string>();
    const task = ({ signal }: { readonly signal: AbortSignal }) => {
      told = signal;
      return promise;
    };
    const first = flights.run("key", task, leaver);
    const second = flights.run("key", task);
    leaver.abort("gone");
    await expect(first).rejects.toBe("gone");
    expect(told?.aborted).toBe(false);
    resolve("value");
    expect(await second).toBe("value");
  });

  it("tells the call to stop in the turn in which the last one leaves, and with that one's reason", () => {
    const flights = new Singleflight<string, string>();
    const leavers = [new AbortController(), new AbortController()];
    let told: AbortSignal | undefined;
    const task = ({ signal }: { readonly signal: AbortSignal }) => {
      told = signal;
      return new Promise<never>(() => {});
    };
    for (const leaver of leavers) flights.run("key", task, leaver).catch(() => {});
    leavers[0]?.abort("first");
    expect(told?.aborted).toBe(false);
    leavers[1]?.abort("last");
    expect(told?.reason).toBe("last");
    expect(flights.size).toBe(0);
  });

  it("never lets a newcomer join a dying call, not even within the abort", async () => {
    const flights = new Singleflight<string, string>();
    const leaver = new AbortController();
    let newcomer: Promise<string> | undefined;
    const dying = flights.run(
      "key",
      ({ signal }) => {
        signal.addEventListener("abort", () => {
          newcomer = flights.run("key", async () => "fresh");
        });
        return sleep(60_000, { signal }).then(() => "stale");
      },
      leaver,
    );
    leaver.abort("gone");
    await expect(dying).rejects.toBe("gone");
    expect(await newcomer).toBe("fresh");
  });

  it("leaves the newcomer's entry alone when the dying call ends", async () => {
    const flights = new Singleflight<string, string>();
    const leaver = new AbortController();
    const old = Promise.withResolvers<string>();
    const left = flights.run("key", () => old.promise, leaver);
    leaver.abort("gone");
    await expect(left).rejects.toBe("gone");
    const fresh = Promise.withResolvers<string>();
    const newcomer = flights.run("key", () => fresh.promise);
    old.reject(new Error("nobody listens any more"));
    await isPending(newcomer);
    expect(flights.size).toBe(1);
    fresh.resolve("fresh");
    expect(await newcomer).toBe("fresh");
  });

  it("refuses a signal that has aborted, even when there is a call to join", async () => {
    const flights = new Singleflight<string, string>();
    const task = vi.fn(() => new Promise<string>(() => {}));
    await expect(flights.run("key", task, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(task).not.toHaveBeenCalled();
    void flights.run("key", task);
    await expect(flights.run("key", task, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
  });

  it("copes with a task that aborts its own caller", async () => {
    const flights = new Singleflight<string, string>();
    const caller = new AbortController();
    const suicidal = flights.run(
      "key",
      () => {
        caller.abort("by itself");
        return "value";
      },
      caller,
    );
    await expect(suicidal).rejects.toBe("by itself");
    expect(flights.size).toBe(0);
  });

  it("is loud about a failure that nobody awaits", async () => {
    const loud = simulate(async (sim) => {
      void new Singleflight<string, string>().run("key", fail(new Error("lost")));
      await sim.idle();
    });
    await expect(loud).rejects.toMatchObject({ kind: "unhandled rejection" });
  });

  it("leaves no listener on a signal that is used a thousand times, nor anything else", async () => {
    await noLeaks(async () => {
      const flights = new Singleflight<number, number>();
      const { signal } = new AbortController();
      const runs = Array.from({ length: 1_000 }, (_, i) => flights.run(i % 10, async () => i, { signal }));
      expect(getEventListeners(signal, "abort")).toHaveLength(1);
      await Promise.all(runs);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
      expect(flights.size).toBe(0);
    });
  });

  it.each([0, 3])(
    "tells each caller one thing and leaves no entry, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          const flights = new Singleflight<string, number>();
          let running = 0;
          let begun = 0;
          const load = async ({ signal }: { readonly signal: AbortSignal }) => {
            begun += 1;
            running += 1;
            const mine = begun;
            await sim.io("query");
            running -= 1;
            signal.throwIfAborted();
            return mine;
          };
          const leavers = [new AbortController(), new AbortController()];
          for (const [i, leaver] of leavers.entries())
            sim.anytime(`${i} leaves`, () => leaver.abort(`${i} left`));
          const ask = async (signal?: AbortSignal) => await flights.run("key", load, { signal });
          const outcomes = await Promise.allSettled([
            sim.spawn("first", () => ask(leavers[0]?.signal)),
            sim.spawn("second", () => ask(leavers[1]?.signal)),
            sim.spawn("third", () => ask()),
          ]);
          for (const [i, outcome] of outcomes.entries()) {
            const isRight =
              outcome.status === "fulfilled" ? outcome.value > 0 : outcome.reason === `${i} left`;
            guarantee(isRight, {
              happened: `caller ${i} was told ${JSON.stringify(outcome)}`,
              expected: "a value, or its own reason for leaving",
              why: "one caller's leaving must not fail the others",
            });
          }
          while (running > 0) await sim.io("the abandoned end");
          expect(flights.size).toBe(0);
          for (const { signal } of leavers) expect(getEventListeners(signal, "abort")).toHaveLength(0);
        },
        { squeeze },
      );
    },
  );
});

describe("Singleflight.forget", () => {
  it("lets the next one begin anew, while those who wait go on waiting", async () => {
    const flights = new Singleflight<string, string>();
    const old = Promise.withResolvers<string>();
    const waiting = flights.run("key", () => old.promise);
    flights.forget("key");
    const newcomer = flights.run("key", async () => "after the change");
    expect(await newcomer).toBe("after the change");
    old.resolve("before the change");
    expect(await waiting).toBe("before the change");
    expect(flights.size).toBe(0);
  });

  it("is harmless for a key that nobody asked for", () => {
    expect(() => new Singleflight<string, string>().forget("key")).not.toThrow();
  });
});

function fail(error: Error): () => never {
  return () => {
    throw error;
  };
}
