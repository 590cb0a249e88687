import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { duration, enumerate, hang, wrap } from "./text.ts";

describe("wrap", () => {
  it("breaks between words, and inside of a word that is too long", () => {
    expect(wrap("two words", 5)).toEqual(["two", "words"]);
    expect(wrap("abcdef", 4)).toEqual(["abcd", "ef"]);
  });

  it("counts no colours", () => {
    const [first] = wrap("\u001b[31mred and\u001b[39m plain", 7);
    expect(stripVTControlCharacters(first ?? "")).toBe("red and");
  });
});

describe("hang", () => {
  it("puts further lines under the text, not under the label", () => {
    expect(hang("why", "one two three", { margin: 5, width: 12 })).toEqual(["why  one two", "     three"]);
  });
});

describe("enumerate", () => {
  it.each([
    [[], ""],
    [["a"], "a"],
    [["a", "b"], "a and b"],
    [["a", "b", "c"], "a, b and c"],
  ])("%j reads %j", (words, read) => {
    expect(enumerate(words)).toBe(read);
  });
});

describe("duration", () => {
  it("tells milliseconds below a second", () => {
    expect([duration(3.4), duration(999), duration(1250)]).toEqual(["3 ms", "999 ms", "1.3 s"]);
  });
});
