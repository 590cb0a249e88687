import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { once } from "./once.ts";
import { sleep } from "./sleep.ts";

describe("once", () => {
  it("runs the task once for all who ask, at the same time or later, and gives them the identical value", async () => {
    const task = vi.fn(async () => ({ connection: 1 }));
    const connect = once(task);
    expect(task).not.toHaveBeenCalled();
    const [one, other] = await Promise.all([connect(), connect({ signal: new AbortController().signal })]);
    expect(other).toBe(one);
    expect(await connect()).toBe(one);
    expect(task).toHaveBeenCalledOnce();
  });

  it.each([undefined, null, 0, ""])("keeps %s like any other value", async (value) => {
    const task = vi.fn(() => value);
    const ask = once(task);
    expect(await ask()).toBe(value);
    expect(await ask()).toBe(value);
    expect(task).toHaveBeenCalledOnce();
  });

  it("begins the task within the call", () => {
    const task = vi.fn(() => 1);
    void once(task)();
    expect(task).toHaveBeenCalledOnce();
  });

  it("tells a failure to those who wait for it, and tries again for the next one", async () => {
    let tries = 0;
    const failure = new Error("connection refused");
    const connect = once(() => {
      tries += 1;
      if (tries === 1) throw failure;
      return `connection ${tries}`;
    });
    const early = [connect(), connect({ signal: new AbortController().signal })];
    for (const outcome of early) await expect(outcome).rejects.toBe(failure);
    expect(tries).toBe(1);
    expect(await connect()).toBe("connection 2");
    expect(await connect()).toBe("connection 2");
  });

  it("refuses a signal that has aborted, even when the value is there", async () => {
    const task = vi.fn(() => 1);
    const ask = once(task);
    await expect(ask({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(task).not.toHaveBeenCalled();
    await ask();
    await expect(ask({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
  });

  it("goes on for the others when one leaves, with its own reason", async () => {
    await simulate(async (sim) => {
      const connect = once(({ signal }) => sleep(100, { signal }).then(() => "connection"));
      const leaver = new AbortController();
      const first = connect(leaver);
      const second = connect({ signal: new AbortController().signal });
      await sleep(10);
      leaver.abort("gone");
      await expect(first).rejects.toBe("gone");
      expect(sim.now()).toBe(10);
      expect(await second).toBe("connection");
      expect(sim.now()).toBe(100);
    });
  });

  it("tells the task to stop when all have left, and begins anew for a newcomer once it has ended", async () => {
    await simulate(async (sim) => {
      const begun: number[] = [];
      let running = 0;
      const connect = once(async ({ signal }) => {
        begun.push(sim.now());
        running += 1;
        expect(running).toBe(1); // never two at once
        try {
          await sleep(100, { signal }).catch(() => {});
          if (signal.aborted) await sleep(50); // closes what it had opened
          signal.throwIfAborted();
          return "connection";
        } finally {
          running -= 1;
        }
      });
      const leaver = new AbortController();
      const left = connect(leaver);
      await sleep(10);
      leaver.abort("gone");
      await expect(left).rejects.toBe("gone");
      expect(await Promise.all([connect(), connect()])).toEqual(["connection", "connection"]);
      expect(begun).toEqual([0, 60]);
      expect(sim.now()).toBe(160);
    });
  });

  it("takes the value of a task that succeeds although it was told to stop", async () => {
    await simulate(async (sim) => {
      const task = vi.fn(() => sleep(100).then(() => "connection"));
      const connect = once(task);
      const leaver = new AbortController();
      const left = connect(leaver);
      leaver.abort("gone");
      await expect(left).rejects.toBe("gone");
      expect(await connect()).toBe("connection");
      expect(await connect()).toBe("connection");
      expect(sim.now()).toBe(100);
      expect(task).toHaveBeenCalledOnce();
    });
  });

  it("lets a newcomer leave that waits for a dying task", async () => {
    const dying = Promise.withResolvers<string>();
    const task = vi.fn(() => dying.promise);
    const connect = once(task);
    const [first, second] = [new AbortController(), new AbortController()];
    const left = connect(first);
    first.abort("gone");
    await expect(left).rejects.toBe("gone");
    const waiting = connect(second);
    expect(await isPending(waiting)).toBe(true);
    second.abort("gone, too");
    await expect(waiting).rejects.toBe("gone, too");
    dying.reject(new Error("nobody listens any more"));
    expect(await isPending(dying.promise)).toBe(false);
    expect(task).toHaveBeenCalledOnce();
  });

  it("leaves no listener and nothing parked", async () => {
    await noLeaks(async () => {
      const { signal } = new AbortController();
      const ask = once(async () => "value");
      await Promise.all(Array.from({ length: 100 }, () => ask({ signal })));
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });
  });

  it.each([0, 3])(
    "runs one task at a time and one success in all, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          let running = 0;
          let succeeded = 0;
          const connect = once(async ({ signal }) => {
            running += 1;
            guarantee(running === 1, {
              happened: `${running} initialisers ran at once`,
              expected: "one at a time",
              why: "two would open two connections, and one of them is never closed",
            });
            try {
              await sim.io("open");
              signal.throwIfAborted();
              if (sim.choose("server", ["answers", "refuses"]) === "refuses") throw new Error("refused");
              succeeded += 1;
              return succeeded;
            } finally {
              running -= 1;
            }
          });
          const leavers = [new AbortController(), new AbortController()];
          for (const [i, leaver] of leavers.entries())
            sim.anytime(`${i} leaves`, () => leaver.abort(`${i} left`));
          const outcomes = await Promise.allSettled([
            sim.spawn("first", () => connect(leavers[0])),
            sim.spawn("second", () => connect(leavers[1])),
            sim.spawn("third", () => connect()),
          ]);
          for (const [i, outcome] of outcomes.entries()) {
            if (outcome.status === "fulfilled") expect(outcome.value).toBe(1);
            else expect([`${i} left`, "refused"]).toContain(outcome.reason.message ?? outcome.reason);
          }
          for (const { signal } of leavers) expect(getEventListeners(signal, "abort")).toHaveLength(0);
        },
        { squeeze },
      );
    },
  );
});
