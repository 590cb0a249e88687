import { explore, isPending, simulate } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { FreshLoads, type LoadContext } from "./fresh-loads.ts";
import { sleep } from "./sleep.ts";

describe("FreshLoads.run", () => {
  it("is current until it has ended, and forgets it then", async () => {
    const loads = new FreshLoads<string, boolean>();
    let context: LoadContext | undefined;
    const seen = await loads.run("a", async (given) => {
      context = given;
      await undefined;
      return given.isCurrent();
    });
    expect([seen, context?.isCurrent()]).toEqual([true, false]);
  });

  it("is not current when all have left, though it goes on", async () => {
    const loads = new FreshLoads<string, void>();
    const caller = new AbortController();
    const gate = Promise.withResolvers<void>();
    let seen: boolean | undefined;
    const loading = loads.run(
      "a",
      async ({ isCurrent }) => {
        await gate.promise;
        seen = isCurrent();
      },
      caller,
    );
    caller.abort("left");
    await expect(loading).rejects.toBe("left");
    gate.resolve();
    await loads[Symbol.asyncDispose](); // waits for it
    expect(seen).toBe(false);
  });
});

describe("FreshLoads.overtake", () => {
  it("lets the next one begin anew, and the older does not disturb it", async () => {
    const loads = new FreshLoads<string, string>();
    const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
    const contexts: LoadContext[] = [];
    const task = (context: LoadContext) => (gates[contexts.push(context) - 1] ?? gates[0]).promise;
    const older = loads.run("a", task);
    loads.overtake("b");
    expect(contexts[0]?.isCurrent()).toBe(true);
    loads.overtake("a");
    const newer = loads.run("a", task);
    expect(contexts.map(({ isCurrent }) => isCurrent())).toEqual([false, true]);
    gates[0].resolve("older");
    expect(await older).toBe("older");
    expect(contexts[1]?.isCurrent()).toBe(true);
    loads.overtakeAll();
    expect(contexts[1]?.isCurrent()).toBe(false);
    gates[1].resolve("newer");
    expect(await newer).toBe("newer");
  });
});

describe("FreshLoads.renew", () => {
  it("begins one load at a time, whose error goes nowhere", async () => {
    const loads = new FreshLoads<string, void>();
    let begun = 0;
    const fail = async () => {
      begun += 1;
      await undefined;
      throw new Error("down");
    };
    loads.renew("a", fail);
    loads.renew("a", fail);
    expect(begun).toBe(1);
    await loads[Symbol.asyncDispose]();
    expect(loads.left).toBe(true);
  });

  it("does not join what a caller waits for, and does not take a load that was told to stop for one", async () => {
    const loads = new FreshLoads<string, void>();
    const gate = Promise.withResolvers<void>();
    const contexts: LoadContext[] = [];
    const task = (context: LoadContext) => {
      contexts.push(context);
      return gate.promise;
    };
    const caller = new AbortController();
    const asked = loads.run("a", task, caller);
    loads.renew("a", task);
    caller.abort("left");
    await expect(asked).rejects.toBe("left");
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true]);
    loads.renew("a", task);
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    gate.resolve();
    await loads[Symbol.asyncDispose]();
  });
});

describe("leaving the scope of FreshLoads", () => {
  it("tells what nobody waits for to stop, not what a caller waits for, and waits for both", async () => {
    await simulate(async () => {
      const loads = new FreshLoads<string, string>();
      const stopped: string[] = [];
      const load = async ({ signal }: LoadContext) => {
        await sleep(10, { signal }).catch(() => stopped.push("renewal"));
        return "value";
      };
      const asked = loads.run("asked", load);
      loads.renew("renewed", load);
      const leaving = loads[Symbol.asyncDispose]();
      await sleep(5);
      expect([await isPending(leaving), stopped]).toEqual([true, ["renewal"]]);
      expect(await asked).toBe("value");
      await leaving;
    });
  });

  it.each([0, 3])("leaves nothing running, in every order: squeeze %s", async (squeeze) => {
    await explore(
      async (sim) => {
        const loads = new FreshLoads<string, void>();
        let running = 0;
        const load = async () => {
          running += 1;
          await sim.io("query");
          running -= 1;
        };
        const caller = new AbortController();
        sim.anytime("client leaves", () => caller.abort("left"));
        const asked = sim.spawn("caller", () => loads.run("a", load, caller)).catch(() => {});
        const renewed = sim.spawn("renewer", async () => loads.renew("a", load));
        const changed = sim.spawn("writer", async () => loads.overtake("a"));
        await Promise.all([asked, renewed, changed]);
        await loads[Symbol.asyncDispose]();
        expect(running).toBe(0);
      },
      { squeeze },
    );
  });
});
