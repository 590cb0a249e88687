import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import type { Program } from "../zoo/leaks/program.ts";
import { LeakError, noLeaks, trackAwaits } from "./leaks.ts";
import { turn } from "./real.ts";

const never = new Promise<never>(() => {});

async function take(from: Promise<unknown> = never): Promise<unknown> {
  return await from;
}

async function work(from?: Promise<unknown>): Promise<void> {
  await Promise.resolve(); // So that it is parked after its first await, as workers are.
  for (;;) await take(from);
}

describe("noLeaks", () => {
  it("gives back what the body returns, be it a promise or not", async () => {
    expect(await noLeaks(() => 1)).toBe(1);
    expect(await noLeaks(async () => 2)).toBe(2);
  });

  it("throws the error of the body, with no word on what the body left", async () => {
    const error = new Error("the body's own");
    await expect(
      noLeaks(() => {
        void take();
        throw error;
      }),
    ).rejects.toBe(error);
  });

  it("says what is left, where it is parked, and where that was started", async () => {
    const error = await failure(() => {
      void work();
    });
    expect(error.message.replaceAll(/:\d+:\d+/g, ":…")).toBe(
      [
        "All is over, and 1 thing that it began is still alive:",
        "",
        "  1. async function take is still parked at an await",
        "       parked at take (src/leaks.test.ts:…)",
        "         from work (src/leaks.test.ts:…)",
        "       started at work (src/leaks.test.ts:…)",
        "",
      ].join("\n"),
    );
  });

  it("reports the innermost of those that wait for each other", async () => {
    const { leaks } = await failure(() => {
      const lead = async () => await Promise.all([work(), Promise.race([work(), never])]);
      void lead();
    });
    expect(leaks.map(({ what }) => what)).toEqual([
      "2 calls of async function take are still parked at an await",
    ]);
  });

  it("reports both of two that wait for each other", async () => {
    const { leaks } = await failure(() => {
      const both: { first?: Promise<unknown>; second?: Promise<unknown> } = {};
      const waitFor = async (other: keyof typeof both) => {
        await turn();
        await both[other];
      };
      both.first = waitFor("second");
      both.second = waitFor("first");
    });
    expect(leaks.map(({ where }) => where.split(" ")[0])).toEqual(["waitFor", "waitFor"]);
  });

  it("tells who could still be woken from who could not", async () => {
    const { leaks } = await failure(() => {
      void take(never);
      void take(new Promise(() => {}));
    });
    expect(leaks.map(({ kind }) => kind)).toEqual(["parked", "abandoned"]);
  });

  it("looks through generators", async () => {
    const { leaks } = await failure(() => {
      async function* source() {
        yield await take();
      }
      const drain = async () => {
        for await (const _ of source()) await null;
      };
      void drain();
    });
    expect(leaks.map(({ where }) => where.split(" ")[0])).toEqual(["take"]);
  });

  it("is found however many turns later it was begun", async () => {
    const { leaks } = await failure(async () => {
      for (let i = 0; i < 20; i += 1) await turn();
      setImmediate(() => setImmediate(() => void take()));
    });
    expect(leaks.map(({ kind }) => kind)).toEqual(["parked"]);
  });

  it("names files without the query that they were imported with", async () => {
    const program = "../zoo/leaks/programs/interval-never-cleared.ts?variant=two";
    const { intervalNeverCleared } = (await import(program)) as { intervalNeverCleared: Program };
    const { leaks } = await failure(() => intervalNeverCleared.buggy());
    intervalNeverCleared.cleanUp?.();
    expect(leaks[0]?.where).toMatch(
      /^startHeartbeat \(zoo\/leaks\/programs\/interval-never-cleared\.ts:\d+:\d+\)$/,
    );
  });

  it("tells ten thousand calls that are parked at one place as one finding", async () => {
    const held = new Promise(() => {});
    const { leaks } = await failure(() => {
      for (let i = 0; i < 10_000; i += 1) void take(held);
      return { held };
    });
    expect(leaks.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^10000 calls of async function take are/),
    ]);
  });

  it("is quick with one long chain of promises", async () => {
    const { leaks } = await failure(() => {
      let tail: Promise<unknown> = never;
      const inTurn = async () => {
        tail = tail.then(() => {});
        await tail;
      };
      for (let i = 0; i < 2_000; i += 1) void inTurn();
    });
    expect(leaks.map(({ where }) => where.split(" ")[0])).toContain("inTurn");
  });

  it("gives plain data", async () => {
    const { leaks } = await failure(() => void take());
    expect(structuredClone(leaks)).toEqual(leaks);
  });

  it("does not take the body of another for its own", async () => {
    const [clean, leaky] = await Promise.allSettled([
      noLeaks(async () => {
        for (let i = 0; i < 20; i += 1) await turn();
      }),
      noLeaks(async () => {
        await turn();
        void take();
      }),
    ]);
    expect(clean.status).toBe("fulfilled");
    expect(leaky.status).toBe("rejected");
  });

  it("nests: what the inner one lets pass, the outer one finds", async () => {
    const { leaks } = await failure(async () => {
      await noLeaks(() => void take(), { ignore: [/take/] });
    });
    expect(leaks.map(({ kind }) => kind)).toEqual(["parked"]);
  });

  it("nests: the error of the inner one is that of the outer one's body", async () => {
    const { leaks } = await failure(async () => {
      await noLeaks(() => void take());
    });
    expect(leaks).toHaveLength(1);
  });

  it("takes its hooks away again", async () => {
    const add = EventTarget.prototype.addEventListener;
    const on = EventEmitter.prototype.on;
    const signal = Object.getOwnPropertyDescriptor(AbortController.prototype, "signal");
    await failure(() => void take());
    await noLeaks(() => {
      expect(EventEmitter.prototype.on).not.toBe(on);
    });
    expect(EventTarget.prototype.addEventListener).toBe(add);
    expect(EventEmitter.prototype.on).toBe(on);
    expect(Object.getOwnPropertyDescriptor(AbortController.prototype, "signal")).toEqual(signal);
  });

  it("leaves what the hooks replace working as before", async () => {
    await noLeaks(() => {
      const emitter = new EventEmitter();
      expect(emitter.once("a", () => {})).toBe(emitter);
      expect(emitter.emit("a")).toBe(true);
      expect(emitter.listenerCount("a")).toBe(0);
      const controller = new AbortController();
      expect(controller.signal).toBe(controller.signal);
      expect(AbortSignal.any([controller.signal])).toBeInstanceOf(AbortSignal);
    });
  });
});

describe("noLeaks with options", () => {
  it("warmup: what is set up once and kept is no leak", async () => {
    let listening = false;
    const bus = new EventEmitter();
    const body = () => {
      if (!listening) bus.on("message", () => {});
      listening = true;
    };
    await noLeaks(body, { warmup: 1 });
    listening = false;
    expect((await failure(body)).leaks.map(({ kind }) => kind)).toEqual(["listener"]);
  });

  it("gauges: names the number, before and after", async () => {
    let free = 3;
    const acquire = () => {
      free -= 1;
    };
    const error = await failure(acquire, { gauges: { "free permits": () => free } });
    expect(error.message).toContain("free permits was 3 before, and is 2 now");
  });

  it("ignore: drops what matches in text or place", async () => {
    await noLeaks(() => void take(), { ignore: [/async function take/] });
    await noLeaks(() => void take(), { ignore: [/leaks\.test\.ts/] });
  });

  it("promises: false leaves out what is merely parked", async () => {
    const bus = new EventEmitter();
    const { leaks } = await failure(
      () => {
        void work();
        bus.on("message", () => {});
      },
      { promises: false },
    );
    expect(leaks.map(({ kind }) => kind)).toEqual(["listener"]);
  });

  it("listeners: false leaves out who still listens, even where a check inside looks for listeners", async () => {
    const bus = new EventEmitter();
    let timer: NodeJS.Timeout | undefined;
    const { leaks } = await failure(
      async () => {
        await noLeaks(() => bus.on("message", () => {})).catch(() => {});
        timer = setTimeout(() => {}, 600_000);
      },
      { listeners: false },
    );
    clearTimeout(timer);
    expect(leaks.map(({ kind }) => kind)).toEqual(["timer"]);
  });

  it("watch: other targets must lose their listeners too", async () => {
    const target = new EventTarget();
    await noLeaks(() => target.addEventListener("message", () => {}));
    const { leaks } = await failure(() => target.addEventListener("message", () => {}), { watch: [target] });
    expect(leaks.map(({ what }) => what)).toEqual(['a listener for "message" is still on an EventTarget']);
  });

  it("settle: 0 looks at no clock", async () => {
    const { leaks } = await failure(() => void work(), { settle: 0 });
    expect(leaks).toHaveLength(1);
  });
});

describe("trackAwaits", () => {
  it("tells who is parked where, innermost first, with what the tag gave", async () => {
    using tracker = trackAwaits(() => void work(), { tag: () => "worker 1" });
    await turn();
    expect(tracker.pending().map(({ name, waitsFor, tag }) => ({ name, waitsFor, tag }))).toEqual([
      { name: "take", waitsFor: 0, tag: "worker 1" },
      { name: "work", waitsFor: 1, tag: "worker 1" },
    ]);
    expect(tracker.pending()[0]?.where).toMatch(/^take \(src\/leaks\.test\.ts:\d+:\d+\)$/);
    expect(tracker.pending()[0]?.started).toMatch(/^work \(src\/leaks\.test\.ts:\d+:\d+\)$/);
  });

  it("forgets who has gone on", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    using tracker = trackAwaits(() => take(promise));
    expect(tracker.pending().map(({ name }) => name)).toEqual(["take"]);
    resolve();
    await tracker.result;
    expect(tracker.pending()).toEqual([]);
  });

  it("stops twice without harm, and when the body throws", () => {
    const tracker = trackAwaits(() => 1);
    tracker.stop();
    tracker.stop();
    expect(tracker.result).toBe(1);
    const error = new Error("no");
    expect(() =>
      trackAwaits(() => {
        throw error;
      }),
    ).toThrow(error);
  });
});

async function failure(...args: Parameters<typeof noLeaks>): Promise<LeakError> {
  try {
    await noLeaks(...args);
  } catch (error) {
    if (error instanceof LeakError) return error;
    throw error;
  }
  throw new Error("nothing was found");
}
