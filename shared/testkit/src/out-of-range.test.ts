import { describe, expect, it } from "vitest";
import { GuaranteeError } from "./guarantee.ts";
import { expectRefused, expectRefusedOrRejected } from "./out-of-range.ts";

const refused = (limit: number) => {
  throw new RangeError(`Cannot open: limit must be a whole number from 1, got ${limit}`);
};
const why = "With none nothing ever moves.";

describe("expectRefused", () => {
  it("takes a RangeError that names the option and the value", () => {
    expect(() => expectRefused("limit", [0, -1, Number.NaN], refused, why)).not.toThrow();
  });

  it.each<[string, (limit: number) => unknown, string]>([
    ["no error", () => 7, "with limit: 0 the call succeeded"],
    [
      "another kind of error",
      (limit) => {
        throw new TypeError(`limit ${limit}`);
      },
      "with limit: 0 the call failed with TypeError: limit 0",
    ],
    [
      "no name",
      (limit) => {
        throw new RangeError(`${limit}`);
      },
      "with limit: 0 the call failed with RangeError: 0",
    ],
    [
      "no value",
      () => {
        throw new RangeError("limit");
      },
      "with limit: 0 the call failed with RangeError: limit",
    ],
    [
      "a promise instead of a throw",
      (limit) => Promise.reject(new RangeError(`limit ${limit}`)).catch(() => {}),
      "with limit: 0 the call succeeded",
    ],
  ])("takes %s for what it is", (_, call, happened) => {
    expect(() => expectRefused("limit", [0], call, why)).toThrow(happened);
    expect(() => expectRefused("limit", [0], call, why)).toThrow(GuaranteeError);
  });

  it("looks at each of the values", () => {
    const onlyNegative = (limit: number) => (limit < 0 ? refused(limit) : limit);
    expect(() => expectRefused("limit", [-1, 0], onlyNegative, why)).toThrow("with limit: 0");
  });
});

describe("expectRefusedOrRejected", () => {
  it("takes either", async () => {
    await expectRefusedOrRejected("limit", [0], refused, why);
    await expectRefusedOrRejected("limit", [0], async (limit: number) => refused(limit), why);
  });

  it("does not take a promise that is fulfilled", async () => {
    await expect(expectRefusedOrRejected("limit", [0], async () => 7, why)).rejects.toThrow(
      "with limit: 0 the call succeeded",
    );
  });
});

describe("what is not written yet", () => {
  const unwritten = new Error("TODO 1.1: yours to write");
  const fail = () => {
    throw unwritten;
  };

  it("is thrown on", async () => {
    expect(() => expectRefused("limit", [0], fail, why)).toThrow(unwritten);
    await expect(expectRefusedOrRejected("limit", [0], fail, why)).rejects.toBe(unwritten);
    await expect(expectRefusedOrRejected("limit", [0], async () => fail(), why)).rejects.toBe(unwritten);
  });
});
