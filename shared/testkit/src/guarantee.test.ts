import { describe, expect, it } from "vitest";
import { GuaranteeError, guarantee } from "./guarantee.ts";

const broken = {
  happened: "11 jobs ran at once",
  expected: "at most 10 run at once, for the pool has 10 workers",
  why: "The site bans whoever opens more connections than it allows.",
};

describe("guarantee", () => {
  it("lets pass what holds", () => {
    expect(() => guarantee(true, broken)).not.toThrow();
  });

  it("throws what happened, what had to happen and why, each in a line of its own and as a field", () => {
    const error = new GuaranteeError(broken);
    expect(() => guarantee(false, broken)).toThrow(error);
    expect(error.message.split("\n")).toEqual([
      "What happened:       11 jobs ran at once",
      "What had to happen:  at most 10 run at once, for the pool has 10 workers",
      "Why it matters:      The site bans whoever opens more connections than it allows.",
    ]);
    expect({ ...error }).toMatchObject(broken);
  });

  it("narrows the type of what it asserts", () => {
    const value = "text" as string | undefined;
    guarantee(value !== undefined, broken);
    expect(value.length).toBe(4);
  });
});
