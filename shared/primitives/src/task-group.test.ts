import { getEventListeners } from "node:events";
import { setTimeout as nodeSleep, setImmediate } from "node:timers/promises";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { sleep } from "./sleep.ts";
import { TaskGroup } from "./task-group.ts";

describe("new TaskGroup", () => {
  it.each([0, -1, 1.5, Number.NaN])("throws RangeError for a limit of %s", (limit) => {
    expect(() => new TaskGroup({ limit })).toThrow(
      new RangeError(
        `Cannot create TaskGroup: limit must be a whole number from 1 or Infinity, got ${limit}`,
      ),
    );
  });
});

describe("TaskGroup.go", () => {
  it("begins a task at once if there is a place, and else when one is freed, in order", async () => {
    const group = new TaskGroup({ limit: 2 });
    const begun: string[] = [];
    const gates = new Map<string, () => void>();
    const task = (name: string) => () => {
      begun.push(name);
      return new Promise<void>((resolve) => gates.set(name, resolve));
    };
    await group.go(task("a"));
    await group.go(task("b"));
    const third = group.go(task("c"));
    const fourth = group.go(task("d"));
    expect(await isPending(third)).toBe(true);

    gates.get("b")?.();
    await third;
    expect(begun).toEqual(["a", "b", "c"]);
    expect(await isPending(fourth)).toBe(true);
    expect(group.running).toBe(2);

    gates.get("a")?.();
    await fourth;
    gates.get("c")?.();
    gates.get("d")?.();
    await group.wait();
    expect(group.running).toBe(0);
  });

  it("hands a freed place to who waits, never to a newcomer", async () => {
    await simulate(async () => {
      const group = new TaskGroup({ limit: 1 });
      const begun: string[] = [];
      await group.go(() => sleep(1));
      const waiting = group.go(() => begun.push("waiting"));
      await sleep(1);
      await group.go(() => begun.push("newcomer"));
      await waiting;
      await group.wait();
      expect(begun).toEqual(["waiting", "newcomer"]);
    });
  });

  it("is refused with the first error once the group has failed, and does not begin", async () => {
    const group = new TaskGroup();
    const failure = new Error("first");
    await group.go(() => Promise.reject(failure));
    await expect(group.wait()).rejects.toBe(failure);
    const task = vi.fn();
    await expect(group.go(task)).rejects.toBe(failure);
    expect(group.tryGo(task)).toBe(false);
    expect(task).not.toHaveBeenCalled();
  });

  it("takes its task back when its own signal aborts, and leaves the group as it was", async () => {
    const group = new TaskGroup({ limit: 1 });
    const gate = Promise.withResolvers<void>();
    const controller = new AbortController();
    const task = vi.fn();
    await group.go(() => gate.promise);
    await expect(group.go(task, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
    const queued = group.go(task, controller);
    controller.abort("changed my mind");
    await expect(queued).rejects.toBe("changed my mind");
    gate.resolve();
    await group.wait();
    expect(task).not.toHaveBeenCalled();
    expect(group.signal.aborted).toBe(false);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("never begins a queued task by whose signal's abort the running one ends", async () => {
    await using group = new TaskGroup({ limit: 1 });
    const gate = Promise.withResolvers<void>();
    await group.go(() => gate.promise);
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => gate.resolve()); // Called before the group's own.
    const task = vi.fn();
    const queued = group.go(task, controller);
    controller.abort("gone");
    await expect(queued).rejects.toBe("gone");
    await group.wait();
    expect(task).not.toHaveBeenCalled();
  });

  it("begins nothing within the abort of the group's signal, even from a listener called before the group's", () => {
    const controller = new AbortController();
    const task = vi.fn();
    let begun: boolean | undefined;
    controller.signal.addEventListener("abort", () => {
      begun = group.tryGo(task);
    });
    const group = new TaskGroup({ signal: controller.signal });
    controller.abort("gone");
    expect(begun).toBe(false);
    expect(task).not.toHaveBeenCalled();
  });

  it("leaves no listener on any signal once all have begun and ended", async () => {
    await simulate(async () => {
      const { signal } = new AbortController();
      const own = new AbortController().signal;
      await using group = new TaskGroup({ limit: 1, signal });
      for (let task = 0; task < 10; task += 1) await group.go(() => sleep(1), { signal: own });
      await group.wait();
      expect([signal, own, group.signal].map((each) => getEventListeners(each, "abort").length)).toEqual([
        0, 0, 0,
      ]);
    });
  });

  it("never runs more than its limit, and begins all, in every order", async () => {
    await explore(async (sim) => {
      await using group = new TaskGroup({ limit: 2 });
      let running = 0;
      let ended = 0;
      for (const name of ["a", "b", "c", "d"]) {
        await group.go(async () => {
          running += 1;
          guarantee(running <= 2, {
            happened: `${running} tasks ran at once`,
            expected: "at most 2",
            why: "the limit protects what the tasks use",
          });
          await sim.io(name);
          running -= 1;
          ended += 1;
        });
      }
      await group.wait();
      expect(ended).toBe(4);
    });
  });
});

describe("TaskGroup.tryGo", () => {
  it("begins only if there is a place now", async () => {
    const group = new TaskGroup({ limit: 1 });
    const gate = Promise.withResolvers<void>();
    expect(group.tryGo(() => gate.promise)).toBe(true);
    expect(group.tryGo(() => {})).toBe(false);
    gate.resolve();
    await group.wait();
    expect(group.tryGo(() => {})).toBe(true);
  });
});

describe("TaskGroup.wait", () => {
  it("does not wait if nothing runs", async () => {
    expect(await isPending(new TaskGroup().wait())).toBe(false);
  });

  it("throws the very first error, after all others have ended", async () => {
    await simulate(async (sim) => {
      const failure = new Error("first");
      const group = new TaskGroup();
      await group.go(async ({ signal }) => {
        await sleep(60_000, { signal }).catch(() => {});
        await sleep(20); // cleans up
        throw new Error("second");
      });
      await group.go(async () => {
        await sleep(5);
        throw failure;
      });
      await expect(group.wait()).rejects.toBe(failure);
      expect(sim.now()).toBe(25);
      expect(group.signal.reason).toBe(failure);
    });
  });

  it("throws even an error that is undefined, and one thrown before any await", async () => {
    const group = new TaskGroup();
    await group.go(() => Promise.reject(undefined));
    await expect(group.wait()).rejects.toBeUndefined();

    const failure = new Error("at once");
    const other = new TaskGroup();
    await other.go(() => {
      throw failure;
    });
    await expect(other.wait()).rejects.toBe(failure);
  });

  it("includes the tasks that tasks begin", async () => {
    await simulate(async (sim) => {
      const group = new TaskGroup();
      await group.go(async () => {
        await sleep(5);
        await group.go(() => sleep(5));
      });
      await group.wait();
      expect(sim.now()).toBe(10);
    });
  });

  it("can be left by a signal of its own; the tasks run on", async () => {
    const group = new TaskGroup();
    const gate = Promise.withResolvers<void>();
    await group.go(() => gate.promise);
    const controller = new AbortController();
    const waiting = group.wait(controller);
    controller.abort("no more patience");
    await expect(waiting).rejects.toBe("no more patience");
    expect(group.running).toBe(1);
    expect(group.signal.aborted).toBe(false);
    gate.resolve();
    await group.wait();
  });

  it("throws the reason of the group's signal even if the only task shrugs the abort off", async () => {
    const controller = new AbortController();
    const group = new TaskGroup({ signal: controller.signal });
    const gate = Promise.withResolvers<void>();
    await group.go(() => gate.promise);
    controller.abort("enough");
    gate.resolve();
    await expect(group.wait()).rejects.toBe("enough");
  });

  it("throws the identical reason of the group's signal, and begins none that waited for a place", async () => {
    await simulate(async () => {
      for (const deaf of [true, false]) {
        const reason = { deaf };
        const controller = new AbortController();
        const group = new TaskGroup({ signal: controller.signal, limit: 1 });
        await group.go(({ signal }) => (deaf ? sleep(5) : nodeSleep(5, undefined, { signal })));
        const queued = group.go(() => expect.unreachable());
        const refused = expect(queued).rejects.toBe(reason);
        const waiting = expect(group.wait()).rejects.toBe(reason);
        controller.abort(reason);
        await Promise.all([refused, waiting]);
      }
    });
  });
});

describe("TaskGroup.wait, if the group's signal has aborted", () => {
  it.each([
    ["before the group was made", () => new TaskGroup({ signal: AbortSignal.abort("late") })],
    [
      "while nothing ran",
      () => {
        const controller = new AbortController();
        const group = new TaskGroup(controller);
        controller.abort("late");
        return group;
      },
    ],
    [
      "and kept a tryGo from beginning",
      () => {
        const group = new TaskGroup({ signal: AbortSignal.abort("late") });
        expect(group.tryGo(() => {})).toBe(false);
        return group;
      },
    ],
  ])("throws its identical reason although nothing runs: %s", async (_, make) => {
    const group = make();
    await expect(group.wait()).rejects.toBe("late");
    await expect(group.wait()).rejects.toBe("late");
    await group[Symbol.asyncDispose](); // Somebody has been told.
  });

  it("resolves if the group was cancelled before: that is no failure", async () => {
    const controller = new AbortController();
    const group = new TaskGroup(controller);
    group.cancel("enough");
    controller.abort("late");
    await group.wait();
  });
});

describe("TaskGroup.cancel", () => {
  it("stops the tasks and is no failure, whether they reject with the reason or with Node's AbortError", async () => {
    await simulate(async () => {
      await using group = new TaskGroup();
      await group.go(({ signal }) => sleep(60_000, { signal }));
      await group.go(({ signal }) => nodeSleep(60_000, undefined, { signal }));
      group.cancel("enough");
      await group.wait();
      expect(group.signal.reason).toBe("enough");
      await expect(group.go(() => {})).rejects.toBe("enough");
    });
  });

  it("does not hide another error of a task that is told to stop", async () => {
    await simulate(async () => {
      const failure = new Error("could not close");
      const group = new TaskGroup();
      await group.go(async ({ signal }) => {
        await sleep(60_000, { signal }).catch(() => {});
        throw failure;
      });
      group.cancel();
      await expect(group.wait()).rejects.toBe(failure);
    });
  });
});

describe("leaving the scope of a TaskGroup", () => {
  it("waits for all tasks, and then takes no more", async () => {
    await simulate(async (sim) => {
      let kept: TaskGroup;
      {
        await using group = new TaskGroup({ limit: 1 });
        kept = group;
        await group.go(() => sleep(5));
        void group.go(() => sleep(5));
      }
      expect(sim.now()).toBe(10);
      await expect(kept.go(() => {})).rejects.toThrow(
        "Cannot start a task in TaskGroup: its scope has been left",
      );
      await kept[Symbol.asyncDispose]();
    });
  });

  it("throws the first error if nobody has been told, also where queued tasks were not awaited", async () => {
    await simulate(async () => {
      const failure = new Error("first");
      const forgetful = async () => {
        await using group = new TaskGroup({ limit: 1 });
        void group.go(() => sleep(5).then(() => Promise.reject(failure)));
        void group.go(() => expect.unreachable());
      };
      await expect(forgetful()).rejects.toBe(failure);
    });
  });

  it("does not throw a second time what `wait` or an awaited `go` has thrown", async () => {
    await simulate(async () => {
      const failure = new Error("first");
      const byWait = async () => {
        await using group = new TaskGroup();
        await group.go(() => Promise.reject(failure));
        await group.wait();
      };
      const byGo = async () => {
        await using group = new TaskGroup({ limit: 1 });
        for (;;) await group.go(() => sleep(1).then(() => Promise.reject(failure)));
      };
      // Were it thrown twice, it would arrive wrapped in a SuppressedError.
      await expect(byWait()).rejects.toBe(failure);
      await expect(byGo()).rejects.toBe(failure);
    });
  });

  it("throws nothing for an abort that came when all had ended, and nobody asked for more", async () => {
    const controller = new AbortController();
    {
      await using group = new TaskGroup(controller);
      await group.go(() => {});
      await group.wait();
      controller.abort("late");
    }
  });

  it("throws the reason of the group's signal if that kept a tryGo from beginning, and nobody has waited", async () => {
    const leaving = async () => {
      await using group = new TaskGroup({ signal: AbortSignal.abort("late") });
      group.tryGo(() => {});
    };
    await expect(leaving()).rejects.toBe("late");
  });

  it("gives both errors if the scope throws one of its own", async () => {
    const [ofTask, ofScope] = [new Error("of the task"), new Error("of the scope")];
    const leaving = async () => {
      await using group = new TaskGroup();
      await group.go(() => Promise.reject(ofTask));
      throw ofScope;
    };
    const error: unknown = await leaving().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SuppressedError);
    expect(error).toMatchObject({ error: ofTask, suppressed: ofScope });
  });

  it("does the same for the reason of the signal that the group was given", async () => {
    await simulate(async () => {
      const controller = new AbortController();
      const crawl = async () => {
        await using group = new TaskGroup({ limit: 1, signal: controller.signal });
        for (;;) await group.go((options) => sleep(10, options));
      };
      const crawling = crawl();
      await sleep(35);
      controller.abort("enough");
      await expect(crawling).rejects.toBe("enough");
    });
  });

  it("leaves nothing running, whatever fails or aborts, in every order", async () => {
    await explore(async (sim) => {
      const controller = new AbortController();
      let running = 0;
      const work = async (name: string, fails: boolean) => {
        running += 1;
        try {
          await sim.io(name);
          if (fails) throw new Error(name);
        } finally {
          running -= 1;
        }
      };
      const fanOut = async () => {
        await using group = new TaskGroup({ limit: 2, signal: controller.signal });
        for (const name of ["a", "b", "c"]) await group.go(() => work(name, name !== "c"));
        await group.wait();
      };
      sim.anytime("abort", () => controller.abort("gone"));
      const [outcome] = await Promise.allSettled([fanOut()]);
      guarantee(running === 0, {
        happened: `${running} tasks still ran when the group had ended`,
        expected: "none",
        why: "a group that returns early leaves work that nobody owns",
      });
      const told = (outcome as PromiseRejectedResult).reason;
      expect(told === "gone" || ["a", "b"].includes(told.message)).toBe(true);
    });
  });

  it("leaves nothing alive in real time either", async () => {
    await noLeaks(async () => {
      const { signal } = new AbortController();
      await using group = new TaskGroup({ limit: 2, signal });
      for (let task = 0; task < 5; task += 1) await group.go((options) => setImmediate(undefined, options));
      await group.wait();
    });
  });
});
