import { describe, expect, it } from "vitest";
import { contender, workloadOf } from "./testing/small-report.ts";

describe("reportWorkload", () => {
  it("takes medians and quartiles over the rounds", () => {
    const [row] = workloadOf([contender("floor", [90, 100, 110, 104, 96])]).rows;
    expect(row?.nsPerOperation).toEqual({ median: 100, lower: 96, upper: 104 });
    expect(row).toMatchObject({ kind: "floor", perSecond: 1e7, rounds: 5 });
  });

  it("compares round by round, so that a slow round slows both", () => {
    const { rows } = workloadOf([contender("floor", [100, 900, 100]), contender("twice", [200, 1_800, 200])]);
    expect(rows[1]?.ratio).toEqual({ median: 2, lower: 2, upper: 2 });
    expect(rows.map(({ noisy }) => noisy)).toEqual([true, false]);
  });

  it("calls noisy what differs by more than 15 % between the quartiles", () => {
    const wide = contender("wide", [100, 80, 120]);
    const narrow = contender("narrow", [100, 94, 106]);
    const { rows } = workloadOf([contender("floor", [100, 100, 100]), wide, narrow]);
    expect(rows.map(({ noisy }) => noisy)).toEqual([false, true, false]);
  });

  it("leaves out rounds that one of the two missed", () => {
    const late = contender("late", [200], { rounds: [undefined, 300] });
    expect(workloadOf([contender("floor", [100, 100]), late]).rows[1]).toMatchObject({
      rounds: 1,
      ratio: { median: 3 },
    });
  });

  it("gives no ratio where the floor fails, and nothing of who fails", () => {
    const floor = contender("floor", [100], { failure: "it fell" });
    const { rows } = workloadOf([floor, contender("other", [50])]);
    expect(rows[0]).toMatchObject({ failure: "it fell", rounds: 0, nsPerOperation: undefined });
    expect(rows[1]).toMatchObject({ ratio: undefined, nsPerOperation: { median: 50 } });
  });

  it("says of each target whether it is reached", () => {
    const contenders = [
      contender("floor", [100, 100]),
      contender("ours", [80, 80]),
      contender("peer", [100, 90], { failure: "wrong" }),
    ];
    const { targets } = workloadOf(contenders, [
      { strategy: "ours", against: "floor", atMost: 0.8 },
      { strategy: "ours", against: "floor", atMost: 0.79 },
      { strategy: "ours", against: "peer", atMost: 1 },
    ]);
    expect(targets.map(({ ratio, reached }) => [ratio, reached])).toEqual([
      [0.8, true],
      [0.8, false],
      [undefined, undefined],
    ]);
  });
});
