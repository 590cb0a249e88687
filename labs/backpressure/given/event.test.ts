import { describe, expect, it } from "vitest";
import { readEvent } from "./event.ts";

const read = (text: string | undefined) => readEvent({ number: 1, text });

describe("readEvent", () => {
  it.each([
    ['{"kind":"visit"}', { kind: "visit" }],
    [
      '{"kind":"visit","at":1.5,"data":{"page":[1,null]}}',
      { kind: "visit", at: 1.5, data: { page: [1, null] } },
    ],
  ])("reads %s", (text, event) => {
    expect(read(text)).toEqual(event);
  });

  it("takes an empty line for none", () => {
    expect(read(" \t")).toBeUndefined();
  });

  it.each([
    [undefined, "not UTF-8"],
    ["visit", "not JSON"],
    ["{", "not JSON"],
    ["[]", "not an object"],
    ["null", "not an object"],
    ["{}", "kind must be a text"],
    ['{"kind":""}', "kind must not be empty"],
    [JSON.stringify({ kind: "x".repeat(65) }), "kind must have at most 64 characters"],
    ['{"kind":"visit","at":"now"}', "at must be a number, the milliseconds since 1970"],
    ['{"kind":"visit","at":-1}', "at must not be negative"],
    ['{"kind":"visit","knid":1}', 'unknown member "knid"'],
  ])("says what is wrong with %s", (text, problem) => {
    expect(read(text)).toEqual({ problem });
  });
});
