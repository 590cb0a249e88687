import { describe, expect, it } from "vitest";
// What a contract leaves open is no business of its tests. What the reference makes of a slip is this file's.
import { createGroup, hashFiles, hashOnThreads } from "../solution/index.ts";

const open = async function* () {
  yield Buffer.from("abc");
};

describe("the reference", () => {
  it.each([
    ["Cannot hash files: concurrency must be a whole number from 1, got 0", () => hash({ concurrency: 0 })],
    [
      "Cannot hash files: window must be a whole number from 2, got 1",
      () => hash({ ordered: true, window: 1 }),
    ],
    [
      'Cannot hash files: onError must be "settle" or "fail-fast", got ignore',
      () => hash({ onError: "ignore" }),
    ],
    ["Cannot hash files: open must be a function, got undefined", () => hash({ open: undefined })],
    [
      "Cannot create a group: limit must be a whole number from 1, got 0.5",
      () => createGroup({ limit: 0.5 }),
    ],
    [
      "Cannot hash on threads: batch must be a whole number from 1, got NaN",
      () => hashOnThreads([], { threads: 1, batch: Number.NaN }),
    ],
  ])("refuses in one form of words: %s", (message, call) => {
    expect(call).toThrow(message);
  });

  it("reads a string as what it is, an iterable of strings", async () => {
    const results = await Array.fromAsync(hashFiles("ab", { concurrency: 1, open }));
    expect(results.map(({ path }) => path)).toEqual(["a", "b"]);
  });
});

function hash(options: object) {
  return hashFiles([], { concurrency: 2, open, ...options });
}
