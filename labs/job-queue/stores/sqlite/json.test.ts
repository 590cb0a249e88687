import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { NotJsonError, toJson } from "./json.ts";

const cycle: { self?: unknown } = {};
cycle.self = cycle;
let deep: unknown = [];
for (let n = 0; n < 100_000; n += 1) deep = [deep];
class Address {
  readonly city = "Bern";
}
const { Date: OtherDate, object } = runInNewContext("({ Date, object: { n: [1] } })");

describe("toJson", () => {
  it.each([
    [{ a: [1, { b: null }], c: "x" }],
    [[]],
    ["text"],
    [null],
    [Object.assign(Object.create(null), { a: 1 })],
    [object],
  ])("writes %j so that it comes back", (value) => {
    expect(JSON.parse(toJson("payload", value) ?? "")).toEqual(value);
  });

  it("has no text for undefined, and leaves out properties that are undefined", () => {
    expect(toJson("payload", undefined)).toBeNull();
    expect(toJson("payload", { a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it.each([
    ["payload.at must be JSON, which comes back as it is, got a Date", { at: new Date(0) }],
    ["payload.at must be JSON, which comes back as it is, got a Date", { at: new OtherDate(0) }],
    ["payload[1] must be JSON, which comes back as it is, got undefined", [1, undefined]],
    ["payload.a[0].n must be JSON, which comes back as it is, got NaN", { a: [{ n: Number.NaN }] }],
    ["payload must be JSON, which comes back as it is, got -Infinity", Number.NEGATIVE_INFINITY],
    ["payload must be JSON, which comes back as it is, got a Map", new Map([["secret", 1]])],
    ["payload must be JSON, which comes back as it is, got a Buffer", Buffer.from("x")],
    ["payload must be JSON, which comes back as it is, got a Address", new Address()],
    ["payload.f must be JSON, which comes back as it is, got [Function: f]", { f() {} }],
    [
      "payload.toJSON must be JSON, which comes back as it is, got [Function: toJSON]",
      { toJSON: (): number => 1 },
    ],
    ["payload must be JSON, which comes back as it is, got Symbol(s)", Symbol("s")],
    ["payload must be JSON: Do not know how to serialize a BigInt", { n: 1n }],
  ])("refuses, since %s", (message, value) => {
    expect(() => toJson("payload", value)).toThrow(new NotJsonError(message));
  });

  it("refuses what is no tree, or too deep", () => {
    expect(() => toJson("result", cycle)).toThrow(/^result must be JSON: Converting circular structure/);
    expect(() => toJson("result", deep)).toThrow(/^result must be JSON: Maximum call stack/);
  });
});
