import { describe, expect, it } from "vitest";
import { show } from "./show.ts";

describe("show", () => {
  class Dog {}

  it.each([
    ["2", '"2"'],
    ['a "b"\n', '"a \\"b\\"\\n"'],
    ["x".repeat(81), `"${"x".repeat(80)}"…`],
    [2n, "2n"],
    [-1, "-1"],
    [Number.NaN, "NaN"],
    [Infinity, "Infinity"],
    [undefined, "undefined"],
    [null, "null"],
    [true, "true"],
    [Symbol("key"), "Symbol(key)"],
    [[1, 2, 3], "an Array of 3"],
    [() => 1, "a function"],
    [Dog, "a function"],
    [{}, "an object"],
    [Object.create(null), "an object"],
    [new Dog(), "a Dog"],
    [new AbortController(), "an AbortController"],
    [new URL("data:,"), "a URL"],
    [new Uint8Array(1), "a Uint8Array"],
    [new Error("no"), "an Error"],
    [(async function* () {})(), "an AsyncGenerator"],
    [(function* () {})(), "a Generator"],
    [new (class {})(), "an object"],
    [{ constructor: 5 }, "an object"],
  ])("shows %s as %s", (value, text) => {
    expect(show(value)).toBe(text);
  });

  it("shows what does not let itself be asked", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const closed = new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error("closed");
        },
      },
    );
    expect(show(closed)).toBe("an object");
    expect(show(proxy)).toBe("an object");
  });
});
