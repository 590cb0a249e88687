import { expect, it } from "vitest";
import { cut, folded, lengthOf, widthOf } from "./columns.ts";

it("knows how much room a terminal has, and that a file has no end", () => {
  expect(widthOf({ isTTY: true, columns: 50 })).toBe(49);
  expect(widthOf({ isTTY: true, columns: 0 })).toBe(79); // Some say so, and mean that they do not know.
  expect(widthOf({})).toBe(Infinity);
});

it("folds a text and leaves nothing out", () => {
  expect(folded("to be or not to be", 8)).toEqual(["to be or", "not to", "be"]);
  expect(folded("to be or not to be", 8, "  ")).toEqual(["to be or", "  not to", "  be"]);
  expect(folded("to be incomprehensible", 8)).toEqual(["to be", "incomprehensible"]);
  expect(folded("", 8)).toEqual([""]);
});

it("leaves the beginning of a line where it is, and counts no colours", () => {
  expect(folded("  a name  a reason", 12, "    ")).toEqual(["  a name  a", "    reason"]);
  expect([lengthOf("\x1b[31mred\x1b[39m"), lengthOf("日本"), lengthOf("e\u0301")]).toEqual([3, 4, 1]);
  expect(folded("\x1b[31mred\x1b[39m wine", 8)).toEqual(["\x1b[31mred\x1b[39m wine"]);
});

it("cuts a line at its width, and no colour and no character in two", () => {
  expect(cut("a\x1b[31mbcd\x1b[39m", 3)).toBe("a\x1b[31mb\x1b[39m…");
  expect(cut("\x1b[31mabc\x1b[39m", 3)).toBe("\x1b[31mabc\x1b[39m");
  expect([cut("日本", 3), cut("日本語", 4), cut("日本", 4)]).toEqual(["日…", "日…", "日本"]);
  expect([cut("abc", 1), cut("abc", 0), cut("", 0)]).toEqual(["…", "", ""]);
});
