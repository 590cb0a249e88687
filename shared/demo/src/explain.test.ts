import { describe, expect, it } from "vitest";
import { DemoError, explain } from "./explain.ts";

describe("explain", () => {
  it.each([
    [
      new Error("TODO 2.1: close is yours to write"),
      "This pool is not ready for the demo: TODO 2.1: close is yours to write.",
    ],
    [
      new TypeError("pool.close is not a function"),
      "This pool is not ready for the demo: pool.close is not a function.",
    ],
    ["a string", "The pool failed with a string."],
    [
      Object.assign(new Error("ENOENT: no such file or directory, open 'x.svg'"), { syscall: "open" }),
      "The demo could not go on: ENOENT: no such file or directory, open 'x.svg'.",
    ],
    [
      new DemoError("the mill has ended (SIGKILL)"),
      "The demo could not go on: the mill has ended (SIGKILL).",
    ],
  ])("says in a sentence: %s", (error, sentence) => {
    expect(explain(error, "pool")).toBe(sentence);
  });

  it("names the place in the answer's code", () => {
    const error = new RangeError("no such worker");
    const file = new URL("../attempt/index.ts", import.meta.url).href;
    error.stack = `RangeError: no such worker\n    at run (${file}:42:7)\n    at node:internal:1:1`;
    expect(explain(error, "pool")).toMatch(
      /^The pool failed: RangeError: no such worker \(.*attempt\/index\.ts:42:7\)$/,
    );
  });
});
