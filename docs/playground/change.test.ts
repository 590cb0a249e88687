import type { Group, Piece } from "@pattern-labs/picture";
import { describe, expect, it } from "vitest";
import { changed, changeOf } from "./change.ts";

const group = (attributes: string, ...pieces: readonly Piece[]): Group => ({ tag: "g", attributes, pieces });

const row = group('id="a"', "<a/>", "<b/>");

describe("a change", () => {
  it.each<[string, readonly Piece[], readonly Piece[]]>([
    ["nothing from nothing", [], []],
    ["a first picture", [], ["<p/>", row]],
    ["the same again", ["<p/>", row], ["<p/>", group('id="a"', "<a/>", "<b/>")]],
    ["another text", ["<p/>", row], ["<q/>", row]],
    ["more in a group", [row], [group('id="a"', "<a/>", "<b/>", "<c/>", row)]],
    ["fewer in a group", [row], [group('id="a"', "<a/>")]],
    ["none in a group", [row], [group('id="a"')]],
    ["other attributes", [row], [group('id="b"', "<a/>", "<b/>")]],
    ["another tag", [row], [{ ...row, tag: "svg" }]],
    ["a group in place of text", ["<a/>"], [row]],
    ["text in place of a group", [row], ["<a/>"]],
    ["something deep inside", [group("", row, row)], [group("", row, group('id="a"', "<a/>", "<c/>"))]],
    ["no text where there was some", ["<a/>", "<b/>"], ["", "<b/>"]],
    ["nothing any more", ["<p/>", row], []],
  ])("tells of %s", (_, before, now) => {
    expect(changed(before, changeOf(before, now))).toEqual(now);
  });

  it("tells only what is different", () => {
    const bars = Array.from({ length: 100 }, (_, i) => `<rect x="${i}"/>`);
    const before = [group("first", ...bars), group("second", ...bars)];
    const now = [group("first", ...bars), group("second", ...bars.with(7, "<rect/>"), "<path/>")];
    const inside = {
      length: 101,
      others: [
        [7, "<rect/>"],
        [100, "<path/>"],
      ],
    };
    const second = { tag: "g", attributes: "second", inside };
    expect(changeOf(before, now)).toEqual({ length: 2, others: [[1, second]] });
  });

  it("leaves what is not different the same object", () => {
    const before = [row, group("second")];
    const now = changed(before, changeOf(before, [group('id="a"', "<a/>", "<b/>"), group("other")]));
    expect(now[0]).toBe(row);
  });
});
