import { describe, expect, it } from "vitest";
import { checkOptions } from "./check-options.ts";

const good = {
  services: ["users"],
  call: async () => {},
  callLimit: 1,
  waitLimit: 1,
  requestTimeoutMs: 1,
  callTimeoutMs: 2_147_483_647,
};

describe("checkOptions", () => {
  it("takes what is in its range", () => expect(() => checkOptions(good)).not.toThrow());

  it.each([
    ["callLimit", [0, 1.5, Number.NaN]],
    ["waitLimit", [0, -1, Number.POSITIVE_INFINITY]],
    ["requestTimeoutMs", [0, 2_147_483_648, Number.NaN]],
    ["callTimeoutMs", [-1, Number.POSITIVE_INFINITY]],
  ])("names %s, the rule and the value", (name, values) => {
    for (const value of values) {
      const message = new RegExp(`^Cannot create gateway: ${name} must be .*, got ${value}$`);
      expect(() => checkOptions({ ...good, [name]: value })).toThrow(message);
      expect(() => checkOptions({ ...good, [name]: value })).toThrow(RangeError);
    }
  });
});
