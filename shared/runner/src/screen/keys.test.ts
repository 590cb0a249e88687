import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { keysIn, listenForKeys } from "./keys.ts";

describe("keysIn", () => {
  it.each([
    ["n", ["n"]],
    ["N", ["n"]],
    ["nh", ["n", "h"]],
    ["\u001b[A", ["up"]],
    ["\u001b[B\u001b[B", ["down", "down"]],
    ["\u001b[5~q", ["page up", "q"]],
    ["\u001b", ["escape"]],
    ["\u0003", ["interrupt"]],
    ["\u001b[1;5C", []],
    ["ä", ["ä"]],
  ])("%j is %j", (input, keys) => {
    expect(keysIn(input)).toEqual(keys);
  });
});

describe("listenForKeys", () => {
  it("puts the keyboard into raw mode and back, and listens no longer once disposed", () => {
    const modes: boolean[] = [];
    const input = Object.assign(new PassThrough(), {
      isTTY: true as const,
      setRawMode: (on: boolean) => modes.push(on),
    });
    const keys: string[] = [];
    {
      using _listening = listenForKeys({ input: input as never }, (key) => keys.push(key));
      input.emit("data", "rq");
    }
    input.emit("data", "x");
    expect(keys).toEqual(["r", "q"]);
    expect(modes).toEqual([true, false]);
    expect(input.isPaused()).toBe(true);
  });
});
