import { describe, expect, it } from "vitest";
import { describeOutcome, endOf, errorOf, failedWith, nameOf, outcomeOf, show } from "./outcome.ts";

const broken = new Error("broken");
const unwritten = [new Error("TODO 1.1: yours to write"), new TypeError("lab.fetchPage is not a function")];

describe("outcomeOf", () => {
  it("tells how a promise has settled by now", async () => {
    expect(await outcomeOf(Promise.resolve(7))).toEqual({ value: 7 });
    expect(await outcomeOf(Promise.reject(broken))).toEqual({ error: broken });
    expect(await outcomeOf(Promise.resolve().then(async () => await Promise.resolve(7)))).toEqual({
      value: 7,
    });
    expect(await outcomeOf(new Promise(() => {}))).toBeUndefined();
  });

  it("lets nothing happen but microtasks", async () => {
    const immediate = new Promise((resolve) => setImmediate(resolve));
    expect(await outcomeOf(immediate)).toBeUndefined();
    await immediate;
  });
});

describe("endOf", () => {
  it("waits until it has settled", async () => {
    expect(await endOf(new Promise((resolve) => setImmediate(() => resolve(7))))).toEqual({ value: 7 });
    expect(await endOf(Promise.reject(broken))).toEqual({ error: broken });
  });
});

describe("errorOf", () => {
  it("gives what is thrown", () => {
    expect(errorOf(() => 7)).toBeUndefined();
    expect(
      errorOf(() => {
        throw broken;
      }),
    ).toBe(broken);
  });
});

describe("what is not written yet", () => {
  it.each(unwritten)("is thrown on: %s", async (error) => {
    await expect(outcomeOf(Promise.reject(error))).rejects.toBe(error);
    await expect(endOf(Promise.reject(error))).rejects.toBe(error);
    const fail = () => {
      throw error;
    };
    expect(() => errorOf(fail)).toThrow(error);
  });
});

describe("failedWith", () => {
  it("wants this very error", () => {
    expect(failedWith({ error: broken }, broken)).toBe(true);
    for (const other of [undefined, { value: broken }, { error: new Error("broken") }])
      expect(failedWith(other, broken)).toBe(false);
    expect(failedWith({ error: undefined }, undefined)).toBe(true);
  });
});

describe("describeOutcome", () => {
  it.each([
    [undefined, "has not settled"],
    [{ value: [1] }, "resolved to [1]"],
    [{ error: new RangeError("too far") }, "rejected with RangeError: too far"],
  ])("%o: %s", (outcome, words) => {
    expect(describeOutcome(outcome)).toBe(words);
  });
});

describe("show", () => {
  it("shows any value", () => {
    expect([undefined, null, "a", { b: 1 }, broken].map(show)).toEqual([
      ...["undefined", "null", '"a"', '{"b":1}', "Error: broken"],
    ]);
  });
});

describe("nameOf", () => {
  it("is the name of the error, or what else became of it", () => {
    expect(nameOf({ error: new RangeError("7") })).toBe("RangeError");
    expect(nameOf({ error: "broken" })).toBe('rejected with "broken"');
    expect(nameOf({ value: 7 })).toBe("resolved to 7");
    expect(nameOf(undefined)).toBe("has not settled");
  });
});
