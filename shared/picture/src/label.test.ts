import { describe, expect, it } from "vitest";
import { columnsOf, cut, oneLine, pad, toAscii, wrap } from "./label.ts";

describe("columnsOf", () => {
  it.each([
    ["plain", 5],
    ["漢字", 4],
    ["한국어", 6],
    ["é", 1],
    ["e\u0301", 1],
    ["👩‍👩‍👧‍👦", 2],
    ["✗", 1],
    ["", 0],
  ])("%s takes %i", (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });
});

describe("cut", () => {
  it("leaves what fits", () => {
    expect(cut("漢字", 4)).toBe("漢字");
  });

  it("cuts between characters, never through one", () => {
    expect(cut("漢字かな", 4)).toBe("漢…");
    expect(cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3)).toBe("👩‍👩‍👧‍👦…");
    expect(cut("abc", 0)).toBe("");
  });
});

describe("pad", () => {
  it("fills up to columns, not to characters", () => {
    expect(pad("漢", 4)).toBe("漢  ");
  });
});

describe("wrap", () => {
  it("breaks at blanks, and cuts a word that is longer than a line", () => {
    expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
    expect(wrap("a pneumonoultramicroscopic b", 10)).toEqual(["a", "pneumonou…", "b"]);
  });
});

describe("oneLine", () => {
  it("makes one line of visible characters of anything", () => {
    expect(oneLine("a\n\tb \x1b[31m\x00 \u202ec \ud83d")).toBe("a b ·[31m· ·c \ufffd");
    expect(oneLine("a  b")).toBe("a b");
    expect(oneLine("a\x7f\nb\n")).toBe("a· b ");
  });

  it.each(["", " ", "a b", " a b ", "~!", "é → ü"])("leaves %j alone, which is one already", (text) => {
    expect(oneLine(text)).toBe(text);
  });
});

describe("toAscii", () => {
  it("keeps the columns", () => {
    const text = "«漢字» → p3² … é";
    expect(toAscii(text)).toBe('"????" > p32 ~ ?');
    expect(toAscii(text)).toHaveLength(columnsOf(text));
  });
});
