import { describe, expect, it } from "vitest";
import { defineBench, type Workload } from "./define-bench.ts";

const strategy = (name: string) => ({ name, prepare: () => () => 1 });
const workload = { title: "work", operations: 1, floor: "a", strategies: [strategy("a"), strategy("b")] };
const define = (...workloads: Workload[]) => defineBench({ title: "Bench", workloads });

describe("defineBench", () => {
  it("hands back what holds", () => {
    const bench = { title: "Bench", workloads: [workload] };
    expect(defineBench(bench)).toBe(bench);
  });

  it.each([
    [[{ ...workload, operations: 0 }], "operations must be a whole number from 1, got 0"],
    [[{ ...workload, floor: "c" }], 'it has no strategy "c", only a, b'],
    [[{ ...workload, strategies: [strategy("a"), strategy("a")] }], 'it has two of the strategy "a"'],
    [[{ ...workload, strategies: [] }], "it has no strategy"],
    [[workload, workload], 'it has two of the workload "work"'],
    [[{ ...workload, targets: [{ strategy: "a", against: "x", atMost: 1 }] }], 'it has no strategy "x"'],
    [
      [{ ...workload, targets: [{ strategy: "a", against: "b", atMost: 0 }] }],
      "atMost must be above 0, got 0",
    ],
    [[{ ...workload, strategies: [{ ...strategy("a"), answer: true }] }], "the floor must be one row"],
    [[], "it has no workload"],
  ])("refuses what cannot be measured (%#)", (workloads, words) => {
    expect(() => define(...workloads)).toThrow(RangeError);
    expect(() => define(...workloads)).toThrow(words);
  });
});
