import { describe, expect, it } from "vitest";
import {
  checkAnyMs,
  checkAsyncIterable,
  checkChance,
  checkCount,
  checkCountOrInfinity,
  checkMs,
  checkOptions,
  checkPositiveMs,
  checkSlotCount,
  checkWhole,
  checkWholeOrInfinity,
  refusalOf,
  refusalToRun,
} from "./check.ts";

const doing = "create Thing";

/** Which of `values` a check lets through. */
function accepted(look: (doing: string, name: string, value: unknown) => void, values: unknown[]): unknown[] {
  return values.filter((value) => {
    try {
      look(doing, "it", value);
      return true;
    } catch {
      return false;
    }
  });
}

const numbers = [-Infinity, -1, 0, 0.5, 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, Infinity, Number.NaN];
const noNumbers: unknown[] = [
  "1",
  1n,
  null,
  undefined,
  true,
  [1],
  {},
  { valueOf: () => 1 },
  Symbol("1"),
  () => 1,
];

describe("a check of a number", () => {
  it.each([
    [checkCount, [1, 2 ** 31, 2 ** 53 - 1], "a whole number from 1 (at most 2^53 - 1)"],
    [
      checkCountOrInfinity,
      [1, 2 ** 31, 2 ** 53 - 1, Infinity],
      "a whole number from 1 (at most 2^53 - 1) or Infinity",
    ],
    [checkWhole, [0, 1, 2 ** 31, 2 ** 53 - 1], "a whole number from 0 (at most 2^53 - 1)"],
    [
      checkWholeOrInfinity,
      [0, 1, 2 ** 31, 2 ** 53 - 1, Infinity],
      "a whole number from 0 (at most 2^53 - 1), or Infinity",
    ],
    [checkSlotCount, [1], "a whole number from 1 below 2^31"],
    [checkAnyMs, [-Infinity, -1, 0, 0.5, 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, Infinity], undefined],
    [checkMs, [0, 0.5, 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, Infinity], undefined],
    [checkPositiveMs, [0.5, 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, Infinity], undefined],
  ] as const)(
    "$0.name takes what keeps its rule, and nothing that only looks like a number",
    (check, right, ruleForLarge) => {
      expect(accepted(check, [...numbers, ...noNumbers])).toEqual(right);
      if (ruleForLarge !== undefined)
        expect(() => check(doing, "it", 2 ** 53)).toThrow(
          new RangeError(`Cannot create Thing: it must be ${ruleForLarge}, got 9007199254740992`),
        );
    },
  );

  it("says what it got such that the fault is seen", () => {
    const message = (value: unknown) => {
      try {
        checkCount(doing, "limit", value);
        return undefined;
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return (error as Error).message.replace(
          "Cannot create Thing: limit must be a whole number from 1, got ",
          "",
        );
      }
    };
    expect(["2", 2n, null, undefined, 0, {}].map(message)).toEqual([
      '"2"',
      "2n",
      "null",
      "undefined",
      "0",
      "an object",
    ]);
  });
});

describe("checkChance", () => {
  it.each([-0.1, 1.1, Number.NaN, "0.5", null, undefined, 0n])("refuses %s from random", (value) => {
    expect(() => checkChance(doing, value)).toThrow(/random must give a number from 0 to 1, got /);
  });
});

describe("checkOptions", () => {
  it.each([{}, { limit: 1 }, Object.create(null), new AbortController()])("takes %s", (options) => {
    expect(() => checkOptions(doing, options)).not.toThrow();
  });

  it.each([
    [undefined, "must be an object of options, got undefined"],
    [null, "must be an object of options, got null"],
    [5, "must be an object of options, got 5"],
    [() => 1, "must be an object of options, got a function"],
    [[1], "must be an object of options, got an Array of 1"],
    [new Map(), "must be an object of options, got a Map"],
    [Promise.resolve({}), "must be an object of options, got a Promise"],
    [new AbortController().signal, "must be an object with the signal in it: { signal }, got an AbortSignal"],
  ])("refuses %s, which would be ignored in silence", (options, rule) => {
    expect(() => checkOptions(doing, options)).toThrow(new TypeError(`Cannot create Thing: options ${rule}`));
  });
});

describe("refusalOf", () => {
  const aborted = AbortSignal.abort("late");

  it("has nothing against options that are left out, or have no signal, or one that has not aborted", () => {
    for (const options of [undefined, {}, { signal: undefined }, new AbortController()]) {
      expect(refusalOf(doing, options)).toBeUndefined();
    }
  });

  it("gives the identical reason of an abort", () => {
    expect(refusalOf(doing, { signal: aborted })?.reason).toBe("late");
  });

  it.each([null, 5, {}, new AbortController(), { aborted: false }, "signal", true])(
    "refuses %s for a signal, whether there would be anything to wait for or not",
    (signal) => {
      const refusal = refusalOf(doing, { signal: signal as unknown as AbortSignal });
      expect(refusal?.reason).toBeInstanceOf(TypeError);
      expect(String(refusal?.reason)).toMatch(/Cannot create Thing: signal must be an AbortSignal, got /);
    },
  );

  it("takes a signal of another realm by what it can do", () => {
    const { signal } = new AbortController();
    const foreign = {
      aborted: true,
      reason: "left the frame",
      addEventListener: signal.addEventListener.bind(signal),
    } as unknown as AbortSignal;
    expect(refusalOf(doing, { signal: foreign })?.reason).toBe("left the frame");
  });

  it("refuses what is no options", () => {
    expect(refusalOf(doing, null as unknown as object)?.reason).toBeInstanceOf(TypeError);
    expect(refusalOf(doing, aborted as unknown as object)?.reason).toBeInstanceOf(TypeError);
  });
});

describe("refusalToRun", () => {
  it("refuses what is no function before it looks at the options", () => {
    const refusal = refusalToRun(doing, "task", { signal: AbortSignal.abort("late") });
    expect(refusal?.reason).toEqual(
      new TypeError('Cannot create Thing: task must be a function, got "task"'),
    );
    expect(refusalToRun(doing, () => {}, { signal: AbortSignal.abort("late") })?.reason).toBe("late");
  });
});

describe("checkAsyncIterable", () => {
  it("takes what can be read later, and refuses what can be read now", () => {
    const generator = (async function* () {})();
    expect(() => checkAsyncIterable(doing, "source", generator)).not.toThrow();
    for (const value of [[1], "text", new Map(), (function* () {})(), null, undefined, 5, {}]) {
      expect(() => checkAsyncIterable(doing, "source", value)).toThrow(
        /source must be an async iterable, got /,
      );
    }
  });
});
