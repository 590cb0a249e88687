import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

const commands = ["start", "watch", "test", "hint", "list", "status", "reset", "demo", "verify"];

describe("nearest", () => {
  it.each([
    ["tset", "test"],
    ["wach", "watch"],
    ["WATCH", "watch"],
    ["verfiy", "verify"],
    ["rese", "reset"],
    ["ver", "verify"],
  ])("takes %s for %s", (word, meant) => {
    expect(nearest(word, commands)).toBe(meant);
  });

  it.each(["", "compile-everything", "zzzzz"])("does not guess at %j", (word) => {
    expect(nearest(word, commands)).toBeUndefined();
  });

  it("has nothing to propose where there are no candidates", () => {
    expect(nearest("test", [])).toBeUndefined();
    expect(didYouMean("test", [])).toBe("");
  });
});
