import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter, getEventListeners, on, once } from "node:events";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setInterval as every, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { clocks, sleeps, turns } from "../zoo/time/idioms.ts";
import { programs } from "../zoo/time/programs.ts";
import { explore, simulate } from "./explore.ts";
import { real } from "./real.ts";

const namesOf = (cases: Readonly<Record<string, unknown>>) => Object.keys(cases);

describe("a timer in a simulation", () => {
  it.for(namesOf(sleeps))("takes no real time: %s", async (name) => {
    await simulate(async (sim) => {
      await sleeps[name]?.(3_600_000);
      expect(sim.now()).toBe(3_600_000);
    });
  });

  it.for(namesOf(turns))("comes at once: %s", async (name) => {
    await simulate(async (sim) => {
      await turns[name]?.();
      expect(sim.now()).toBe(0);
    });
  });

  it("runs its callback in the async context in which it was set", async () => {
    const request = new AsyncLocalStorage<string>();
    await simulate(async (sim) => {
      const seen: unknown[] = [];
      const see = () => seen.push(request.getStore());
      await request.run("r1", async () => {
        setTimeout(see, 1);
        setImmediate(see);
        await sleep(2);
        see();
        await sim.io("query", see);
        see();
        await sim.spawn("task", see);
      });
      expect(seen).toEqual(Array(6).fill("r1"));
    });
  });

  it("leaves no listener on the signal of a sleep that is over", async () => {
    const { signal } = new AbortController();
    await simulate(async () => {
      await sleep(10, undefined, { signal });
      for await (const _ of every(10, undefined, { signal })) break;
    });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("may be cleared after its simulation has ended", async () => {
    let timer: NodeJS.Timeout | undefined;
    await simulate(() => {
      timer = setTimeout(() => {}, 10).unref();
    });
    expect(() => clearTimeout(timer)).not.toThrow();
  });

  it("may clear one that was set outside of it", async () => {
    const outside = setTimeout(() => expect.fail("it was not cleared"), 1);
    await simulate(() => clearTimeout(outside));
    await new Promise((resolve) => real.setTimeout(resolve, 5));
  });

  it("does not count as left behind when it was unref'd, and neither does AbortSignal.timeout", async () => {
    await simulate(() => {
      setTimeout(() => {}, 10).unref();
      setInterval(() => {}, 10).unref();
      AbortSignal.timeout(10);
    });
  });

  it("is taken by AbortSignal.any", async () => {
    await simulate(async (sim) => {
      const signal = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(2_000)]);
      await once(signal as unknown as EventEmitter, "abort");
      expect(sim.now()).toBe(2_000);
      expect(signal.reason.name).toBe("TimeoutError");
    });
  });
});

describe("setInterval of timers/promises in a simulation", () => {
  it("ticks until its consumer breaks off", async () => {
    await simulate(async (sim) => {
      const ticks: unknown[] = [];
      for await (const value of every(1_000, "tick")) {
        ticks.push(`${value} ${sim.now()}`);
        if (ticks.length === 3) break;
      }
      expect(ticks).toEqual(["tick 1000", "tick 2000", "tick 3000"]);
    });
  });

  it("hands a slow consumer all ticks that it has missed", async () => {
    await simulate(async (sim) => {
      const taken: number[] = [];
      for await (const _ of every(1_000)) {
        taken.push(sim.now());
        if (taken.length === 1) await sleep(2_500);
        if (taken.length === 4) break;
      }
      expect(taken).toEqual([1_000, 3_500, 3_500, 4_000]);
    });
  });

  it("rejects when its signal aborts, and ticks no more", async () => {
    await simulate(async (sim) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort("enough"), 2_500);
      let ticks = 0;
      const error = await (async () => {
        for await (const _ of every(1_000, undefined, { signal: controller.signal })) ticks += 1;
      })().catch((reason) => reason);
      expect(error).toMatchObject({ name: "AbortError", code: "ABORT_ERR", cause: "enough" });
      expect([ticks, sim.now()]).toEqual([2, 2_500]);
    });
  });
});

describe("a clock in a simulation", () => {
  it.for(namesOf(clocks))("goes with the timers: %s", async (name) => {
    const clock = clocks[name] as () => number;
    await simulate(async () => {
      const began = clock();
      await sleep(90_000);
      expect(clock() - began).toBeCloseTo(90_000);
    });
  });

  it("starts every run at the same moment", async () => {
    const starts = new Set<string>();
    for (let run = 0; run < 2; run += 1) await simulate(() => void starts.add(new Date().toISOString()));
    expect([...starts]).toEqual(["2026-01-01T00:00:00.000Z"]);
  });

  it("leaves Date as it is in all else", async () => {
    await simulate(() => {
      expect(new Date(0).toISOString()).toBe("1970-01-01T00:00:00.000Z");
      expect(new Date(2020, 1, 29, 12).getDate()).toBe(29);
      expect(new Date()).toBeInstanceOf(Date);
      expect(Date.UTC(2020, 0)).toBe(1_577_836_800_000);
      expect(Date.prototype.constructor).toBe(Date);
      expect(structuredClone(new Date())).toEqual(new Date());
      class Day extends Date {}
      expect(new Day()).toBeInstanceOf(Day);
    });
  });

  it("measures from a moment that was taken before, with hrtime", async () => {
    await simulate(async () => {
      const start = process.hrtime();
      await sleep(2_500);
      expect(process.hrtime(start)).toEqual([2, 500_000_000]);
    });
  });

  it("gives the same chances in every schedule", async () => {
    const rolls = new Set<string>();
    await explore(
      async (sim) => {
        sim.choose("way", ["left", "right"]);
        rolls.add(String([Math.random(), Math.random()]));
      },
      { leaks: false },
    );
    expect(rolls.size).toBe(1);
  });
});

describe("ordinary code in a simulation", () => {
  it("keeps the order of microtasks and ticks", async () => {
    const order = async () => {
      const lines: string[] = [];
      process.nextTick(() => lines.push("tick"));
      queueMicrotask(() => lines.push("microtask"));
      const resolved = Promise.resolve().then(() => lines.push("promise"));
      lines.push("synchronous");
      await resolved;
      await null;
      return lines;
    };
    const outside = await order();
    await simulate(async () => expect(await order()).toEqual(outside));
  });

  it("may use events", async () => {
    await simulate(async (sim) => {
      const emitter = new EventEmitter();
      setTimeout(() => emitter.emit("ready", 1), 1_000);
      expect(await once(emitter, "ready")).toEqual([1]);

      const controller = new AbortController();
      const timer = setInterval(() => emitter.emit("data", sim.now()), 1_000);
      const seen: number[] = [];
      for await (const [value] of on(emitter, "data", { signal: controller.signal })) {
        seen.push(value);
        if (seen.length === 2) break;
      }
      clearInterval(timer);
      expect(seen).toEqual([2_000, 3_000]);
    });
  });

  it("may use streams and async generators", async () => {
    await simulate(async (sim) => {
      async function* pages() {
        for (const page of ["a", "b", "c"]) yield await sim.io(`fetch ${page}`, () => page);
      }
      const shout = new Transform({
        objectMode: true,
        transform: (page: string, _encoding, done) =>
          void setTimeout(() => done(null, page.toUpperCase()), 100),
      });
      const seen: string[] = [];
      await pipeline(Readable.from(pages()), shout, async (source) => {
        for await (const page of source) seen.push(page);
      });
      expect([seen.join(""), sim.now()]).toEqual(["ABC", 300]);
    });
  });

  it("may use web streams", async () => {
    await simulate(async (sim) => {
      const slow = new TransformStream<number, number>({
        async transform(value, controller) {
          await sleep(100);
          controller.enqueue(value * 2);
        },
      });
      const seen: number[] = [];
      for await (const value of ReadableStream.from([1, 2, 3]).pipeThrough(slow)) seen.push(value);
      expect([seen, sim.now()]).toEqual([[2, 4, 6], 300]);
    });
  });

  it("may print", async () => {
    await simulate(() => {
      process.stdout.write("");
      process.stderr.write("");
      console.error("this line is printed by a test of the kit, inside a simulation");
    });
  });

  it("may use what is synchronous in Node's libraries", async () => {
    const { randomBytes, randomUUID, createHash } = await import("node:crypto");
    const { gzipSync } = await import("node:zlib");
    const { readFileSync } = await import("node:fs");
    await simulate(async () => {
      expect(randomUUID()).toHaveLength(36);
      expect(randomBytes(4)).toHaveLength(4);
      expect(crypto.getRandomValues(new Uint8Array(2))).toHaveLength(2);
      expect(createHash("sha256").update("a").digest("hex")).toHaveLength(64);
      expect(gzipSync("a").length).toBeGreaterThan(0);
      expect(readFileSync(import.meta.filename, "utf8")).toContain("synchronous");
      expect(await new Response('{"a":1}').json()).toEqual({ a: 1 });
    });
  });
});

describe("the same program", () => {
  it.for(namesOf(programs))("does in a simulation what it does in Node: %s", async (name) => {
    const program = programs[name] as (log: (line: string) => void) => Promise<unknown>;
    const lines: string[] = [];
    await program((line) => lines.push(line));
    const simulated: string[] = [];
    await simulate(async () => void (await program((line) => simulated.push(line))));
    expect(simulated).toEqual(lines);
  });
});

describe("outside of any simulation", () => {
  it("everything is real", async () => {
    await simulate(() => sleep(10_000));
    const before = real.performanceNow();
    await new Promise((resolve) => setTimeout(resolve, 1));
    await sleep(1);
    for await (const _ of every(1)) break;
    await Promise.all(Object.values(turns).map((turn) => turn()));
    expect(performance.now()).toBeGreaterThan(before);
    expect(Math.abs(Date.now() - real.Date.now())).toBeLessThan(60_000);
    expect(Math.abs(performance.timeOrigin + performance.now() - Date.now())).toBeLessThan(60_000);
    expect(Temporal.Now.instant().epochMilliseconds).toBeGreaterThan(real.Date.UTC(2026, 0, 2));
    expect(process.uptime()).toBeGreaterThan(0);
    expect(Math.random()).not.toBe(Math.random());
  });

  it("timers keep the names of Node's", () => {
    const timers = [setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate];
    expect(timers.map(({ name }) => name)).toEqual(Object.keys(timersOfNode));
  });
});

const timersOfNode = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate };
