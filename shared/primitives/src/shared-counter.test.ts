import { exploreThreads } from "@pattern-labs/testkit/threads";
import { describe, expect, it } from "vitest";
import { SharedCounter } from "./shared-counter.ts";

const scenario = (body: string) => ({
  module: new URL("./threads-under-test/shared.ts", import.meta.url),
  threads: { A: body, B: body, C: body },
  memory: { count: 8 },
});

describe("SharedCounter.add", () => {
  it("loses nothing, and gives each a value of its own, in every order of the threads' steps", async () => {
    const report = await exploreThreads({
      ...scenario("add"),
      check: ({ count }, results) => {
        expect(new SharedCounter(count).value).toBe(3);
        expect(Object.values(results).toSorted()).toEqual([1, 2, 3]);
      },
    });
    expect(report.exhausted).toBe(true);
  });

  it("counts down, and beyond 32 bits", () => {
    const counter = new SharedCounter();
    expect(counter.add(2 ** 40)).toBe(2 ** 40);
    expect(counter.add(-(2 ** 41))).toBe(-(2 ** 40));
    expect(counter.value).toBe(-(2 ** 40));
  });

  it.each([0.5, Number.NaN, Infinity, 2 ** 53])("refuses %s and leaves the count as it was", (count) => {
    const counter = new SharedCounter();
    expect(() => counter.add(count)).toThrow(RangeError);
    expect(() => counter.tryAdd(1, { limit: count })).toThrow(RangeError);
    expect(counter.value).toBe(0);
  });
});

describe("SharedCounter.tryAdd", () => {
  it("never passes the limit, and refuses only when it is reached, in every order of the threads' steps", async () => {
    await exploreThreads({
      ...scenario("tryAdd"),
      check: ({ count }, results) => {
        expect(new SharedCounter(count).value).toBe(2);
        expect(Object.values(results).filter(Boolean)).toHaveLength(2);
      },
    });
  });

  it("takes the last place, and no more than fits", () => {
    const counter = new SharedCounter();
    expect(counter.tryAdd(3, { limit: 3 })).toBe(true);
    expect(counter.tryAdd(1, { limit: 3 })).toBe(false);
    expect(counter.tryAdd(-1, { limit: 3 })).toBe(true);
    expect(counter.tryAdd(2, { limit: 3 })).toBe(false);
    expect(counter.value).toBe(2);
  });
});

describe("SharedCounter", () => {
  it("is the same counter under every name of its buffer", () => {
    const counter = new SharedCounter();
    new SharedCounter(counter.buffer).add(5);
    expect(counter.value).toBe(5);
  });

  it.each([new SharedArrayBuffer(16), new ArrayBuffer(8) as unknown as SharedArrayBuffer])(
    "refuses a buffer that is not a counter's",
    (buffer) => {
      expect(() => new SharedCounter(buffer)).toThrow(TypeError);
    },
  );
});
