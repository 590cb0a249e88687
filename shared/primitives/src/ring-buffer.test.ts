import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RingBuffer } from "./ring-buffer.ts";

describe("new RingBuffer", () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity])("throws RangeError for a capacity of %s", (capacity) => {
    expect(() => new RingBuffer(capacity)).toThrow(
      new RangeError(`Cannot create RingBuffer: capacity must be a whole number from 1, got ${capacity}`),
    );
  });

  it("costs nothing for a large capacity that is not used", () => {
    expect(new RingBuffer(Number.MAX_SAFE_INTEGER).size).toBe(0);
  });
});

describe("RingBuffer.push", () => {
  it("throws when it is full, and keeps what it has", () => {
    const ring = new RingBuffer<string>(2);
    ring.push("a");
    ring.push("b");
    expect(ring.isFull).toBe(true);
    expect(() => ring.push("c")).toThrow(
      new RangeError("Cannot push to RingBuffer: it is full, its capacity is 2"),
    );
    expect([...ring]).toEqual(["a", "b"]);
  });
});

describe("RingBuffer.shift", () => {
  it("tells a pushed undefined from emptiness by its size", () => {
    const ring = new RingBuffer<undefined>(1);
    ring.push(undefined);
    expect(ring.size).toBe(1);
    ring.shift();
    expect(ring.size).toBe(0);
  });
});

describe("RingBuffer.at", () => {
  it("counts from the oldest, and knows nothing outside", () => {
    const ring = new RingBuffer<string>(3);
    for (const value of ["a", "b", "c"]) ring.push(value);
    ring.shift();
    ring.push("d");
    expect([-1, 0, 1, 2, 3, 0.5].map((index) => ring.at(index))).toEqual([
      undefined,
      "b",
      "c",
      "d",
      undefined,
      undefined,
    ]);
  });
});

describe("RingBuffer", () => {
  it("agrees with an array, for any capacity and any order of operations", () => {
    const operation = fc.constantFrom("push", "push", "shift", "clear");
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(operation, { maxLength: 60 }),
        (capacity, operations) => {
          const ring = new RingBuffer<number>(capacity);
          const model: number[] = [];
          let next = 0;
          for (const step of operations) {
            if (step === "shift") {
              expect(ring.shift()).toBe(model.shift());
            } else if (step === "clear") {
              ring.clear();
              model.length = 0;
            } else if (!ring.isFull) {
              ring.push(next);
              model.push(next);
              next += 1;
            }
            expect([...ring]).toEqual(model);
            expect(ring.isFull).toBe(model.length === capacity);
          }
        },
      ),
    );
  });

  it("does not keep alive what was taken out", async () => {
    const ring = new RingBuffer<object>(4);
    ring.push({});
    const taken = new WeakRef(ring.shift() as object);
    await new Promise((resolve) => setImmediate(resolve)); // A WeakRef is strong until the turn is over.
    globalThis.gc?.();
    expect(taken.deref()).toBeUndefined();
    expect(ring.size).toBe(0);
  });
});
