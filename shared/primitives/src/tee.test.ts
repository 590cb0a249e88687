import { getEventListeners } from "node:events";
import { explore, guarantee, isPending, noLeaks } from "@pattern-labs/testkit";
import { describe, expect, expectTypeOf, it } from "vitest";
import { tee } from "./tee.ts";

/** Counts to `to`, and tells how far it was read and whether it was closed. */
function counter(to: number) {
  const state = { read: 0, closed: false };
  const source = (async function* () {
    try {
      while (state.read < to) {
        state.read += 1;
        yield state.read;
      }
    } finally {
      state.closed = true;
    }
  })();
  return { source, state };
}

const settled = () => new Promise(setImmediate);

describe("tee", () => {
  it.each([
    [0, 2, "count must be a whole number from 1, got 0"],
    [1.5, 2, "count must be a whole number from 1, got 1.5"],
    [2, -1, "bufferLimit must be a whole number from 0, got -1"],
    [2, Number.NaN, "bufferLimit must be a whole number from 0, got NaN"],
  ])("throws RangeError for %s branches and a limit of %s", (count, bufferLimit, message) => {
    expect(() => tee(counter(1).source, count, { bufferLimit })).toThrow(
      new RangeError(`Cannot tee: ${message}`),
    );
  });

  it.each([0, 1, 4])("gives every value to every branch, in order: bufferLimit %s", async (bufferLimit) => {
    const branches = tee(counter(5).source, 3, { bufferLimit });
    expectTypeOf(branches.length).toEqualTypeOf<3>();
    const seen = await Promise.all(branches.map((branch) => Array.fromAsync(branch)));
    expect(seen).toEqual(Array(3).fill([1, 2, 3, 4, 5]));
  });

  it("reads nothing before somebody asks, and each value once", async () => {
    const { source, state } = counter(5);
    const [a, b] = tee(source, 2, { bufferLimit: 3 });
    await settled();
    expect(state.read).toBe(0);
    expect((await a.next()).value).toBe(1);
    expect((await b.next()).value).toBe(1);
    await settled();
    expect(state.read).toBe(1);
  });

  it.each([1, 3])("lets the fastest be %s ahead of the slowest, and no further", async (bufferLimit) => {
    const { source, state } = counter(10);
    const [fast, slow] = tee(source, 2, { bufferLimit });
    for (let n = 1; n <= bufferLimit; n += 1) expect((await fast.next()).value).toBe(n);
    const beyond = fast.next();
    expect(await isPending(beyond)).toBe(true);
    await settled();
    expect(state.read).toBe(bufferLimit);
    expect((await slow.next()).value).toBe(1);
    expect((await beyond).value).toBe(bufferLimit + 1);
  });

  it("goes in lock-step with a limit of 0", async () => {
    const { source, state } = counter(10);
    const [a, b] = tee(source, 2, { bufferLimit: 0 });
    const first = a.next();
    expect(await isPending(first)).toBe(true);
    expect(state.read).toBe(0);
    expect((await b.next()).value).toBe(1);
    expect((await first).value).toBe(1);
  });

  it("does not wait for a branch that has left", async () => {
    const { source, state } = counter(4);
    const [a, b] = tee(source, 2);
    expect((await a.next()).value).toBe(1);
    const held = a.next();
    expect(await isPending(held)).toBe(true);
    await b.return?.();
    expect((await held).value).toBe(2);
    expect(await Array.fromAsync(a)).toEqual([3, 4]);
    expect(await b.next()).toEqual({ done: true, value: undefined });
    expect(state.closed).toBe(true);
  });

  it("ends a `next` that still waits when its branch is left, and takes no value with it", async () => {
    const [a, b] = tee(counter(3).source, 2, { bufferLimit: 0 });
    const waiting = a.next();
    await a.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await Array.fromAsync(b)).toEqual([1, 2, 3]);
  });

  it("closes the source when all have left, and only then", async () => {
    const { source, state } = counter(9);
    const [a, b] = tee(source, 2);
    await a.next();
    await a.return?.();
    await a.return?.();
    await settled();
    expect(state.closed).toBe(false);
    await b.next();
    await b.return?.();
    expect(state.closed).toBe(true);
  });

  it("throws the source's error from every branch, once, after the values that came before", async () => {
    const failing = async function* () {
      yield 1;
      throw new Error("disk full");
    };
    const branches = tee(failing(), 2, { bufferLimit: 4 });
    for (const branch of branches) {
      expect((await branch.next()).value).toBe(1);
      await expect(branch.next()).rejects.toThrow("disk full");
      expect(await branch.next()).toEqual({ done: true, value: undefined });
    }
  });

  it("throws the signal's reason from every branch, and closes a source that may be stuck without waiting", async () => {
    let closed = false;
    const stuck: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          closed = true;
          return new Promise(() => {});
        },
      }),
    };
    const controller = new AbortController();
    const [a, b] = tee(stuck, 2, controller);
    const waiting = a.next();
    expect(await isPending(waiting)).toBe(true);
    controller.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    expect(closed).toBe(false); // The other has not heard of it yet.
    await expect(b.next()).rejects.toBe("enough");
    expect(closed).toBe(true);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it.each([0, 3])("gives every branch a part without a gap, in every order: squeeze %s", async (squeeze) => {
    await explore(
      async (sim) => {
        let read = 0;
        const source = async function* () {
          for (let n = 1; n <= 3; n += 1) {
            read = await sim.io(`read ${n}`, () => n);
            yield n;
          }
        };
        const branches = tee(source(), 2, { bufferLimit: 1 });
        const take = async (index: 0 | 1, most: number) => {
          const seen: number[] = [];
          for await (const value of branches[index]) {
            seen.push(value);
            await sim.io(`use ${value}`);
            if (seen.length === most) break;
          }
          return seen;
        };
        const taking = [sim.spawn("steady", () => take(0, 9)), sim.spawn("fickle", () => take(1, 2))];
        const [steady, fickle] = await Promise.all(taking);
        guarantee(`${steady}` === "1,2,3" && `${fickle}` === "1,2", {
          happened: `one saw ${steady}, the other ${fickle}`,
          expected: "1,2,3 and 1,2",
          why: "each branch must see the whole source up to where it leaves",
        });
        guarantee(read <= 3, { happened: `${read} were read`, expected: "3", why: "each is read once" });
      },
      { squeeze },
    );
  });

  it("leaves nothing behind", async () => {
    await noLeaks(async () => {
      const { signal } = new AbortController();
      const [a, b] = tee(counter(100).source, 2, { signal });
      await Promise.all([Array.fromAsync(a), (await b.next()) && b.return?.()]);
    });
  });
});
