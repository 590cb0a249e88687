import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks, simulate } from "@pattern-labs/testkit";
import { describe, expect, it, vi } from "vitest";
import { show } from "./arguments/show.ts";
import { ResourcePool, type ResourcePoolOptions } from "./resource-pool.ts";
import { sleep } from "./sleep.ts";

interface Connection {
  readonly id: number;
  state: "open" | "broken" | "destroyed";
}

/** A pool whose connections are numbered, and all that were ever opened. */
function poolOf(options: Partial<ResourcePoolOptions<Connection>> & { readonly limit: number }) {
  const opened: Connection[] = [];
  const create = () => {
    const connection: Connection = { id: opened.length + 1, state: "open" };
    opened.push(connection);
    return connection;
  };
  const destroy = (connection: Connection) => {
    connection.state = "destroyed";
  };
  return { opened, pool: new ResourcePool<Connection>({ create, destroy, ...options }) };
}

const states = (connections: Connection[]) => connections.map(({ state }) => state);

describe("new ResourcePool", () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity])("throws RangeError for a limit of %s", (limit) => {
    expect(() => poolOf({ limit })).toThrow(
      new RangeError(`Cannot create ResourcePool: limit must be a whole number from 1, got ${limit}`),
    );
  });

  it.each([-1, Number.NaN, "2" as unknown as number])("throws RangeError for an idleMs of %s", (idleMs) => {
    expect(() => poolOf({ limit: 1, idleMs })).toThrow(
      new RangeError(
        `Cannot create ResourcePool: idleMs must be a number of milliseconds, at least 0, got ${show(idleMs)}`,
      ),
    );
  });
});

describe("ResourcePool.acquire", () => {
  it("opens when it must, up to the limit, and lends again what was given back, to whoever waits longest", async () => {
    const { pool, opened } = poolOf({ limit: 2 });
    const first = await pool.acquire();
    await pool.acquire();
    const third = pool.acquire();
    const fourth = pool.acquire();
    expect(await isPending(third)).toBe(true);
    first[Symbol.dispose]();
    expect((await third).resource).toBe(first.resource);
    expect(await isPending(fourth)).toBe(true);
    expect(opened).toHaveLength(2);
    expect([pool.lent, pool.idle]).toEqual([2, 0]);
  });

  it("takes a lease back once, however often it is disposed", async () => {
    const { pool } = poolOf({ limit: 1 });
    const first = await pool.acquire();
    first[Symbol.dispose]();
    const second = await pool.acquire();
    first[Symbol.dispose]();
    first.discard();
    expect(second.resource.state).toBe("open");
    expect(await isPending(pool.acquire())).toBe(true);
  });

  it("lends the one used last first, so that the others can fall idle", async () => {
    const { pool } = poolOf({ limit: 2 });
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    second[Symbol.dispose]();
    first[Symbol.dispose]();
    expect((await pool.acquire()).resource).toBe(first.resource);
  });

  it.each([
    ["is false", (connection: Connection) => connection.state === "open"],
    [
      "throws",
      async (connection: Connection) => {
        if (connection.state !== "open") throw new Error("broken");
        return true;
      },
    ],
  ])("does not lend what is broken: the check %s", async (_, check) => {
    const { pool, opened } = poolOf({ limit: 2, check });
    const leases = [await pool.acquire(), await pool.acquire()];
    for (const lease of leases) lease[Symbol.dispose]();
    for (const connection of opened) connection.state = "broken";
    const lease = await pool.acquire();
    expect(lease.resource.id).toBe(3);
    expect(states(opened)).toEqual(["destroyed", "destroyed", "open"]);
    await pool.acquire();
    expect(await isPending(pool.acquire())).toBe(true);
  });

  it("does not lend again what was discarded, nor its place before it is destroyed", async () => {
    const gate = Promise.withResolvers<void>();
    const { pool } = poolOf({ limit: 1, destroy: () => gate.promise });
    (await pool.acquire()).discard();
    const next = pool.acquire();
    expect(await isPending(next)).toBe(true);
    gate.resolve();
    expect((await next).resource.id).toBe(2);
  });

  it("destroys what is broken before it opens another, so that there are never too many", async () => {
    const gate = Promise.withResolvers<void>();
    const { pool, opened } = poolOf({ limit: 1, check: () => false, destroy: () => gate.promise });
    (await pool.acquire())[Symbol.dispose]();
    const next = pool.acquire();
    expect(await isPending(next)).toBe(true);
    expect(opened).toHaveLength(1);
    gate.resolve();
    expect((await next).resource.id).toBe(2);
  });

  it("loses no place when `create` fails: who waits tries again", async () => {
    const create = vi.fn<() => Promise<Connection>>();
    create.mockRejectedValueOnce(new Error("refused"));
    create.mockResolvedValue({ id: 1, state: "open" });
    const { pool } = poolOf({ limit: 1, create });
    const first = pool.acquire();
    const second = pool.acquire();
    await expect(first).rejects.toThrow("refused");
    expect((await second).resource.id).toBe(1);
  });

  it("refuses a signal that has aborted, even when a resource is idle", async () => {
    const { pool } = poolOf({ limit: 1 });
    (await pool.acquire())[Symbol.dispose]();
    await expect(pool.acquire({ signal: AbortSignal.abort("late") })).rejects.toBe("late");
    expect(pool.idle).toBe(1);
  });

  it("can be left while it waits, and while a resource is opened, which then serves the next", async () => {
    const gate = Promise.withResolvers<Connection>();
    const create = vi.fn(() => gate.promise);
    const { pool } = poolOf({ limit: 1, create });
    const controller = new AbortController();
    const opening = pool.acquire(controller);
    const waiting = pool.acquire(controller);
    const patient = pool.acquire();
    expect(await isPending(opening)).toBe(true);
    controller.abort("gone");
    await expect(opening).rejects.toBe("gone");
    await expect(waiting).rejects.toBe("gone");
    gate.resolve({ id: 1, state: "open" });
    expect((await patient).resource.id).toBe(1);
    expect(create).toHaveBeenCalledTimes(1);
  });

  it("rejects who waits under a signal by whose abort a borrower gives back; the resource stays for the next", async () => {
    const { pool, opened } = poolOf({ limit: 1 });
    const held = await pool.acquire();
    const controller = new AbortController();
    controller.signal.addEventListener("abort", () => held[Symbol.dispose]()); // Called before the pool's own.
    const quitter = pool.acquire(controller);
    expect(await isPending(quitter)).toBe(true);
    controller.abort("gone");
    await expect(quitter).rejects.toBe("gone");
    (await pool.acquire())[Symbol.dispose]();
    expect(opened).toHaveLength(1);
  });

  it("holds on to nothing after 100,000 loans under one signal that lives long", async () => {
    const { pool } = poolOf({ limit: 1 });
    const { signal } = new AbortController();
    const borrow = async (times: number) => {
      for (let time = 0; time < times; time += 1) (await pool.acquire({ signal }))[Symbol.dispose]();
    };
    await borrow(1_000);
    const before = await heapUsed();
    await borrow(100_000);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect((await heapUsed()) - before).toBeLessThan(1_000_000); // Ten bytes a loan; a listener would be a hundred.
  });

  it("leaves no listener and no timer", async () => {
    await noLeaks(async () => {
      const { pool } = poolOf({ limit: 1, idleMs: 60_000 });
      const controller = new AbortController();
      for (let round = 0; round < 3; round += 1) (await pool.acquire(controller))[Symbol.dispose]();
      await pool.close();
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    });
  });
});

describe("the options of ResourcePool", () => {
  it("may be given as undefined where they may be left out", async () => {
    await using pool = new ResourcePool({
      create: () => 1,
      destroy: () => {},
      check: undefined,
      idleMs: undefined,
      limit: 1,
    });
    using lease = await pool.acquire();
    expect(lease.resource).toBe(1);
  });
});

describe("a resource that lies idle", () => {
  it("is destroyed after idleMs, and not before", async () => {
    await simulate(async () => {
      const { pool, opened } = poolOf({ limit: 2, idleMs: 100 });
      (await pool.acquire())[Symbol.dispose]();
      await sleep(60);
      (await pool.acquire())[Symbol.dispose](); // Counted anew from here.
      await sleep(60);
      expect(states(opened)).toEqual(["open"]);
      await sleep(60);
      expect(states(opened)).toEqual(["destroyed"]);
      expect(pool.idle).toBe(0);
      expect((await pool.acquire()).resource.id).toBe(2);
    });
  });

  it("keeps its place until it is destroyed", async () => {
    await simulate(async (sim) => {
      const { pool } = poolOf({ limit: 1, idleMs: 100, destroy: () => sleep(50) });
      (await pool.acquire())[Symbol.dispose]();
      await sleep(110);
      expect((await pool.acquire()).resource.id).toBe(2);
      expect(sim.now()).toBe(150);
    });
  });

  it.each([0, 3])(
    "is never destroyed while somebody has it, nor are there too many, in every order: squeeze %s",
    async (squeeze) => {
      await explore(
        async (sim) => {
          let alive = 0;
          const pool = new ResourcePool<Connection>({
            limit: 2,
            idleMs: 10,
            create: async () => {
              alive += 1;
              guarantee(alive <= 2, {
                happened: `${alive} connections existed at once`,
                expected: "at most 2",
                why: "the server refuses more",
              });
              await sim.io("connect");
              return { id: alive, state: "open" };
            },
            destroy: async (connection) => {
              connection.state = "destroyed";
              await sim.io("disconnect");
              alive -= 1;
            },
          });
          const controller = new AbortController();
          sim.anytime("abort", () => controller.abort("gone"));
          const query = async (ms: number, signal?: AbortSignal) => {
            await sleep(ms);
            using lease = await pool.acquire({ signal });
            await sim.io("query");
            guarantee(lease.resource.state === "open", {
              happened: "a connection was destroyed while it was lent out",
              expected: "it is left alone",
              why: "the query in it is lost",
            });
          };
          await Promise.allSettled([
            sim.spawn("first", () => query(0)),
            sim.spawn("second", () => query(10, controller.signal)),
            sim.spawn("third", () => query(10)),
          ]);
          await pool.close();
          expect(alive).toBe(0);
        },
        { squeeze },
      );
    },
  );
});

describe("ResourcePool.close", () => {
  it.each([-1, Number.NaN, "2" as unknown as number])(
    "refuses a graceMs of %s, and can still be closed",
    async (graceMs) => {
      const destroyed: number[] = [];
      const pool = new ResourcePool<number>({
        limit: 1,
        create: () => 1,
        destroy: (one) => void destroyed.push(one),
      });
      (await pool.acquire())[Symbol.dispose]();
      await expect(pool.close({ graceMs })).rejects.toThrow(
        /graceMs must be a number of milliseconds, at least 0, got/,
      );
      await pool.close();
      expect(destroyed).toEqual([1]);
    },
  );

  it("lends no more, refuses who waits, and destroys what is idle at once and what is lent when it is given back", async () => {
    const { pool, opened } = poolOf({ limit: 2 });
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    const waiting = pool.acquire();
    first[Symbol.dispose]();
    (await waiting)[Symbol.dispose]();
    const closed = pool.close();
    expect(states(opened)).toEqual(["destroyed", "open"]);
    await expect(pool.acquire()).rejects.toMatchObject({
      name: "ResourcePoolClosedError",
      message: "Cannot acquire from ResourcePool: it is closed",
    });
    expect(await isPending(closed)).toBe(true);
    second[Symbol.dispose]();
    await closed;
    expect(states(opened)).toEqual(["destroyed", "destroyed"]);
    await pool.close();
  });

  it("refuses at once who waits, and who waits for a resource to be opened; what is opened is destroyed", async () => {
    const gate = Promise.withResolvers<Connection>();
    const { pool } = poolOf({ limit: 1, create: () => gate.promise });
    const calls = [pool.acquire(), pool.acquire()];
    const refused = calls.map((call) => expect(call).rejects.toThrow("it is closed"));
    expect(await isPending(Promise.race(calls))).toBe(true);
    const closed = pool.close();
    await Promise.all(refused);
    expect(await isPending(closed)).toBe(true);
    const connection: Connection = { id: 1, state: "open" };
    gate.resolve(connection);
    await closed;
    expect(connection.state).toBe("destroyed");
  });

  it("tells `create` to stop", async () => {
    await simulate(async (sim) => {
      const create = (options: { signal: AbortSignal }) => sleep(60_000, options) as Promise<never>;
      const { pool } = poolOf({ limit: 1, create });
      const refused = expect(pool.acquire()).rejects.toThrow("it is closed");
      await sleep(1);
      await pool.close();
      await refused;
      expect(sim.now()).toBe(1);
    });
  });

  it("destroys what is still lent out after graceMs, under the borrower's hands", async () => {
    await simulate(async (sim) => {
      const { pool } = poolOf({ limit: 1 });
      const lease = await pool.acquire();
      await pool.close({ graceMs: 1_000 });
      expect(sim.now()).toBe(1_000);
      expect(lease.resource.state).toBe("destroyed");
      lease[Symbol.dispose]();
      expect(pool.lent).toBe(0);
    });
  });

  it("leaves no timer when all was given back in time", async () => {
    await simulate(async (sim) => {
      const { pool } = poolOf({ limit: 1 });
      const lease = await pool.acquire();
      const closed = pool.close({ graceMs: 1_000 });
      lease[Symbol.dispose]();
      await closed;
      expect(sim.now()).toBe(0);
    });
  });

  it("throws the first error of a destroy, and the place was free nonetheless", async () => {
    const destroy = vi.fn().mockRejectedValueOnce(new Error("first")).mockRejectedValue(new Error("second"));
    const { pool } = poolOf({ limit: 1, destroy });
    (await pool.acquire()).discard();
    (await pool.acquire())[Symbol.dispose]();
    await expect(pool.close()).rejects.toThrow("first");
    expect(destroy).toHaveBeenCalledTimes(2);
  });

  it("is what leaving its scope does", async () => {
    const { pool, opened } = poolOf({ limit: 1 });
    {
      await using _pool = pool;
      using _lease = await pool.acquire();
    }
    expect(states(opened)).toEqual(["destroyed"]);
  });
});

async function heapUsed(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
