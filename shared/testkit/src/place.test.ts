import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { framesOfReader, placeOf } from "./place.ts";

const stack = (...frames: string[]) =>
  ["Error: here", ...frames.map((frame) => `    at ${frame}`)].join("\n");
const file = (path: string) => resolve(process.cwd(), path);

describe("placeOf", () => {
  it("names file and line, from where the tests run", () => {
    expect(placeOf(stack(`take (${file("solution/index.ts")}:42:7)`))).toBe("solution/index.ts:42");
  });

  it.each([
    ["a frame without a name", `${file("solution/index.ts")}:42:7`],
    ["an async frame", `async take (${file("solution/index.ts")}:42:7)`],
    ["a file URL", `take (${pathToFileURL(file("solution/index.ts"))}:42:7)`],
    [
      "a query, as import() adds one to load a module anew",
      `take (${file("solution/index.ts")}?variant=1:42:7)`,
    ],
    ["a constructor", `new Pool (${file("solution/index.ts")}:42:7)`],
  ])("reads %s", (_, frame) => {
    expect(placeOf(stack(frame))).toBe("solution/index.ts:42");
  });

  it("skips Node, dependencies and this kit", () => {
    const frames = [
      "new Promise (<anonymous>)",
      "async Promise.all (index 1)",
      "process.processTicksAndRejections (node:internal/process/task_queues:104:5)",
      `run (${file("node_modules/p-limit/index.js")}:1:1)`,
      "World.io (/somewhere/testkit/src/simulation.ts:143:12)",
      `take (${file("attempt/index.ts")}:3:1)`,
    ];
    expect(placeOf(stack(...frames))).toBe("attempt/index.ts:3");
  });

  it("prefers the code under test to the test that it calls back", () => {
    const job = `job (${file("test/1-bounded.test.ts")}:9:1)`;
    expect(placeOf(stack(job, `work (${file("attempt/index.ts")}:3:1)`, job))).toBe("attempt/index.ts:3");
    expect(placeOf(stack(job))).toBe("test/1-bounded.test.ts:9");
  });

  it("is undefined where there is nothing of the reader's", () => {
    expect(placeOf(undefined)).toBeUndefined();
    expect(placeOf("Error: here")).toBeUndefined();
    expect(placeOf(stack("node:internal/timers:1:1"))).toBeUndefined();
  });

  it("finds the line in this file", () => {
    expect(placeOf(new Error("here").stack)).toMatch(/^src\/place\.test\.ts:\d+$/);
  });
});

describe("framesOfReader", () => {
  it("keeps the frames as they are", () => {
    const mine = `take (${file("attempt/index.ts")}:3:1)`;
    expect(framesOfReader(stack("node:internal/timers:1:1", mine))).toEqual([`    at ${mine}`]);
  });
});
