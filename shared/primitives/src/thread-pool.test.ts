import { getEventListeners } from "node:events";
import { isPending, noLeaks, startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import { ThreadCrashedError, ThreadPool, type ThreadPoolOptions } from "./thread-pool.ts";
import type { Gate } from "./threads-under-test/tasks.ts";

const tasks = new URL("./threads-under-test/tasks.ts", import.meta.url);
const poolOf = (options: ThreadPoolOptions = { limit: 2 }) => new ThreadPool(tasks, options);

const gate = (): Gate => new Int32Array(new SharedArrayBuffer(8));

/** Resolves once `count` tasks have come to the gate. */
async function arrivals(at: Gate, count: number): Promise<void> {
  for (let come = Atomics.load(at, 0); come < count; come = Atomics.load(at, 0)) {
    await Atomics.waitAsync(at, 0, come, 5).value;
  }
}

function open(at: Gate): void {
  Atomics.store(at, 1, 1);
  Atomics.notify(at, 1);
}

const range = (length: number) => Array.from({ length }, (_, i) => i);

describe("ThreadPool.run", () => {
  it("runs the default export in another thread, TypeScript as it is", async () => {
    await using pool = new ThreadPool<number, number>(tasks, { limit: 1 });
    expect(await pool.run(21)).toBe(42);
  });

  it("runs exports by name, async or not", async () => {
    await using pool = poolOf();
    expect(await pool.run(1, { task: "later" })).toBe(2);
    expect(await pool.run(undefined, { task: "thread" })).toBeGreaterThan(0);
  });

  it("gives each task its own outcome, in whatever batches they travel", async () => {
    await using pool = poolOf();
    for (const count of [1, 2, 3, 63, 64, 65, 3_000]) {
      const outputs = await Promise.all(range(count).map((n) => pool.run(n)));
      expect(outputs).toEqual(range(count).map((n) => n * 2));
    }
  });

  it("tells failures from successes in the same batch", async () => {
    await using pool = poolOf({ limit: 1 });
    await pool.run(0);
    const outcomes = await Promise.allSettled(
      range(200).map((n) => (n % 3 === 0 ? pool.run("range", { task: "fail" }) : pool.run(n))),
    );
    for (const [n, { status }] of outcomes.entries())
      expect(status).toBe(n % 3 === 0 ? "rejected" : "fulfilled");
  });

  it("starts no thread before there is work, and no more than the limit", async () => {
    await using pool = poolOf({ limit: 2 });
    expect(pool.threads).toBe(0);
    await pool.run(1);
    expect(pool.threads).toBe(1);
    await Promise.all(range(500).map((n) => pool.run(n)));
    expect(pool.threads).toBe(2);
  });

  it("begins tasks in the order of run", async () => {
    await using pool = poolOf({ limit: 1 });
    const ended: number[] = [];
    await Promise.all(range(300).map((n) => pool.run(n).then(() => ended.push(n))));
    expect(ended).toEqual(range(300));
  });

  it("lets no task wait behind a long one while another thread is idle", async () => {
    await using pool = poolOf({ limit: 2 });
    await Promise.all(range(2_000).map((n) => pool.run(n))); // Tasks are short, it learns, and sends many at once.
    const closed = gate();
    const long = pool.run(closed, { task: "waitAtGate" });
    await Promise.all(range(500).map((n) => pool.run(n)));
    expect(await isPending(long)).toBe(true);
    open(closed);
    await long;
  });

  it("lets no task wait behind a long one that comes amid short ones", async () => {
    await using pool = poolOf({ limit: 2 });
    await Promise.all(range(2_000).map((n) => pool.run(n)));
    const closed = gate();
    const early = range(5).map((n) => pool.run(n));
    const long = pool.run(closed, { task: "waitAtGate" });
    const late = range(200).map((n) => pool.run(n));
    await Promise.all(late); // What ended just before it in its batch may be told later: `early`.
    open(closed);
    await Promise.all([...early, long]);
  });

  it("hands buffers over both ways, when asked to", async () => {
    await using pool = poolOf();
    const buffer = new ArrayBuffer(4);
    const filled = (await pool.run(buffer, { task: "fill", transfer: [buffer] })) as ArrayBuffer;
    expect(buffer.detached).toBe(true);
    expect([...new Uint8Array(filled)]).toEqual([7, 7, 7, 7]);
  });

  it("refuses what cannot be cloned, and only that", async () => {
    await using pool = poolOf({ limit: 1 });
    const all = [
      pool.run(1),
      pool.run(() => {}),
      pool.run(2),
      pool.run(1, { task: "uncloneable" }),
      pool.run(3),
    ];
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map((one) => (one.status === "fulfilled" ? one.value : one.reason.name))).toEqual([
      2,
      "DataCloneError",
      4,
      "DataCloneError",
      6,
    ]);
  });
});

describe("ThreadPool.run: errors", () => {
  it("keeps class, message and stack of built-in ones", async () => {
    await using pool = poolOf({ limit: 1 });
    const error = await pool.run("range", { task: "fail" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ name: "RangeError", message: "out of range" });
    expect((error as Error).stack).toMatch(/fail.*tasks\.ts/);
  });

  it("keeps name, data and cause of others, without what cannot be cloned", async () => {
    await using pool = poolOf({ limit: 1 });
    const error = await pool.run("quota", { task: "fail" }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "QuotaError", message: "too many", limit: 3 });
    expect(error).not.toHaveProperty("retry");
    expect((error as Error).cause).toBeInstanceOf(TypeError);
  });

  it("keeps what was thrown and is no Error", async () => {
    await using pool = poolOf({ limit: 1 });
    await expect(pool.run("value", { task: "fail" })).rejects.toEqual({ code: 7 });
  });

  it("fails every task with the reason why the module could not be loaded", async () => {
    await using pool = new ThreadPool(new URL("data:text/javascript,throw new RangeError('broken module')"), {
      limit: 1,
    });
    const outcomes = await Promise.allSettled([pool.run(1), pool.run(2)]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { message: "broken module" } });
  });

  it("says which function there is not", async () => {
    await using pool = poolOf({ limit: 1 });
    await expect(pool.run(1, { task: "missing" })).rejects.toThrow(/exports no function "missing"/);
  });
});

describe("ThreadPool.run: a thread that dies", () => {
  it.for([
    ["ends itself", "exit", 5, { exitCode: 5 }],
    ["throws where nobody can catch it", "throwLater", 0, { cause: { message: "nobody listens" } }],
    ["runs out of memory", "exhaustMemory", 0, { cause: { code: "ERR_WORKER_OUT_OF_MEMORY" } }],
  ] as const)("fails its task, and is replaced: it %s", async ([, task, input, shape]) => {
    await using pool = poolOf({ limit: 1, worker: { resourceLimits: { maxOldGenerationSizeMb: 32 } } });
    const error = await pool.run(input, { task }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ThreadCrashedError);
    expect(error).toMatchObject({ name: "ThreadCrashedError", ...shape });
    expect(await pool.run(2)).toBe(4);
    expect(pool.threads).toBe(1);
  });

  it("fails no other task: those before have ended, those behind are run in another thread, each once", async () => {
    await using pool = poolOf({ limit: 1 });
    const counter = gate();
    await Promise.all(range(500).map((n) => pool.run(n))); // So that what follows travels in one batch.
    const before = range(10).map(() => pool.run(counter, { task: "count" }));
    const fatal = pool.run(1, { task: "exit" });
    const behind = range(10).map(() => pool.run(counter, { task: "count" }));
    await expect(fatal).rejects.toBeInstanceOf(ThreadCrashedError);
    await Promise.all([...before, ...behind]);
    expect(counter[0]).toBe(20);
  });

  it("does not try again and again where every thread dies before it begins", async () => {
    const fatal = new URL("data:text/javascript,process.exit(3)");
    await using pool = new ThreadPool(fatal, { limit: 1 });
    await expect(pool.run(1)).rejects.toMatchObject({ name: "ThreadCrashedError", exitCode: 3 });
  });
});

describe("ThreadPool.run: cancellation", () => {
  it("refuses a signal that has aborted", async () => {
    await using pool = poolOf();
    await expect(pool.run(1, { signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(pool.threads).toBe(0);
  });

  it("takes a task that has not begun out at once, and never runs it", async () => {
    await using pool = poolOf({ limit: 1 });
    await Promise.all(range(500).map((n) => pool.run(n)));
    const closed = gate();
    const counter = gate();
    const controller = new AbortController();
    const running = pool.run(closed, { task: "waitAtGate" });
    const sent = pool.run(counter, { task: "count", signal: controller.signal });
    await arrivals(closed, 1);
    const queued = pool.run(counter, { task: "count", signal: controller.signal });
    controller.abort("gone");
    await expect(sent).rejects.toBe("gone");
    await expect(queued).rejects.toBe("gone");
    expect(await isPending(running)).toBe(true);
    expect(pool.pending).toBe(1);
    open(closed);
    await running;
    expect(await pool.run(1)).toBe(2);
    expect(counter[0]).toBe(0);
  });

  it.for(["loopUntilAborted", "awaitAbort"])(
    "tells a running task to end, and waits for it: %s",
    async (task) => {
      await using pool = poolOf({ limit: 1, graceMs: Infinity });
      const thread = await pool.run(undefined, { task: "thread" });
      const at = gate();
      const controller = new AbortController();
      const running = pool.run(at, { task, signal: controller.signal });
      await arrivals(at, 1);
      controller.abort("gone");
      await expect(running).rejects.toBe("gone");
      if (task === "awaitAbort") expect(at[1]).toBe(2);
      expect(await pool.run(undefined, { task: "thread" })).toBe(thread);
    },
  );

  it("ends and replaces the thread of a task that does not end in its grace, and runs on what it had not begun", async () => {
    await using pool = poolOf({ limit: 1, graceMs: 1 });
    const thread = await pool.run(undefined, { task: "thread" });
    await Promise.all(range(500).map((n) => pool.run(n)));
    const at = gate();
    const controller = new AbortController();
    const stuck = pool.run(at, { task: "loopForEver", signal: controller.signal });
    const behind = range(5).map((n) => pool.run(n));
    await arrivals(at, 1);
    controller.abort("gone");
    await expect(stuck).rejects.toBe("gone");
    expect(await Promise.all(behind)).toEqual([0, 2, 4, 6, 8]);
    expect(await pool.run(undefined, { task: "thread" })).not.toBe(thread);
    expect(pool.threads).toBe(1);
  });

  it("leaves no listener on the signal, however a task ends", async () => {
    await using pool = poolOf({ limit: 1 });
    const { signal } = new AbortController();
    const outcomes = [
      pool.run(1, { signal }),
      pool.run("range", { task: "fail", signal }),
      pool.run(1, { task: "exit", signal }),
      pool.run(() => {}, { signal }),
    ];
    await Promise.allSettled(outcomes);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("loses no task and settles each once, whatever is aborted in the midst of it", async () => {
    await using pool = poolOf({ limit: 2, graceMs: Infinity });
    const counter = gate();
    const controllers = range(600).map(() => new AbortController());
    const outcomes = Promise.allSettled(
      controllers.map(({ signal }) => pool.run(counter, { task: "count", signal })),
    );
    for (const [i, controller] of controllers.entries()) {
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (i % 2 === 0) controller.abort("gone");
    }
    const ended = (await outcomes).filter(({ status }) => status === "fulfilled").length;
    expect(ended).toBeGreaterThanOrEqual(300);
    expect(counter[0]).toBeGreaterThanOrEqual(ended);
    expect(pool.pending).toBe(0);
  });
});

describe("ThreadPool.close", () => {
  it("waits for what was asked for, then leaves no thread; twice is harmless", async () => {
    await noLeaks(async () => {
      const pool = poolOf();
      const outputs = Promise.all(range(300).map((n) => pool.run(n)));
      await Promise.all([pool.close(), pool.close()]);
      expect(pool.threads).toBe(0);
      expect((await outputs).length).toBe(300);
    });
  });

  it("takes no more tasks", async () => {
    const pool = poolOf();
    await pool.close();
    await expect(pool.run(1)).rejects.toThrow("Cannot run in ThreadPool: it is closed");
    expect(pool.threads).toBe(0);
  });

  it("leaves no thread behind an abort that ends one", async () => {
    await noLeaks(async () => {
      const pool = poolOf({ limit: 2, graceMs: 0 });
      const at = gate();
      const controller = new AbortController();
      const stuck = pool.run(at, { task: "loopForEver", signal: controller.signal });
      await arrivals(at, 1);
      controller.abort("gone");
      const closed = pool.close();
      await expect(stuck).rejects.toBe("gone");
      await closed;
      expect(pool.threads).toBe(0);
    });
  });

  it("is not needed for Node to end: a pool keeps it alive only while it has work", async () => {
    const program = `
      import { ThreadPool } from ${JSON.stringify(import.meta.resolve("./thread-pool.ts"))};
      const pool = new ThreadPool(new URL(${JSON.stringify(tasks.href)}), { worker: { execArgv: [] } });
      await pool.run(1);
      console.log("answer", await pool.run(21)); // It was idle before, and must keep Node alive again.
    `;
    await using child = await startProcess(process.execPath, ["--input-type=module", "--eval", program]);
    await child.line(/answer 42/);
    expect(await child.exit).toEqual({ code: 0, signal: null });
  });
});

describe("a thread that Node refuses to start", () => {
  it("fails all that wait for it, and leaves the pool to be closed", async () => {
    await using pool = poolOf({ limit: 1, worker: { execArgv: 5 as unknown as string[] } });
    const calls = await Promise.allSettled([pool.run(1), pool.run(2)]);
    for (const call of calls) {
      expect(call).toMatchObject({ status: "rejected", reason: { code: "ERR_INVALID_ARG_TYPE" } });
    }
    expect([pool.threads, pool.pending]).toEqual([0, 0]);
  });
});

describe("the types of ThreadPool.run", () => {
  it("are those of the pool, unless the call names others: never guessed from what it is assigned to", async () => {
    await using pool = poolOf();
    const output = pool.run(2);
    // @ts-expect-error It is unknown.
    const guessed: Promise<number> = output;
    // @ts-expect-error And it is not made up here either.
    const assigned: Promise<number> = pool.run(2);
    const named: Promise<number> = pool.run<number, number>(2);
    await Promise.all([guessed, assigned, named]);
  });
});

describe("new ThreadPool", () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity])("refuses a limit of %s", (limit) => {
    expect(() => poolOf({ limit })).toThrow(RangeError);
  });

  it.each([-1, Number.NaN])("refuses graceMs of %s", (graceMs) => {
    expect(() => poolOf({ graceMs })).toThrow(RangeError);
  });
});
