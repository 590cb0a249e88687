import { describe, expect, it } from "vitest";
import { plain } from "./paint.ts";
import { readRoad } from "./road.ts";
import { roadLines } from "./road-view.ts";
import { copyRoad } from "./testing/fixture-road.ts";

describe("roadLines", () => {
  it("gives each lab a line, with the minutes of those that wait, and without titles where there is no room", () => {
    using road = copyRoad();
    const second = road.addLab("fanout-fanin", 2);
    const linesIn = (width: number) =>
      roadLines(readRoad(road.root), { labs: {} }, second, { paint: plain, width });
    expect(linesIn(80)).toHaveLength(9);
    expect(linesIn(80)[0]).toMatch(/^ {2}1 {3}worker-pool +The gate +60 minutes$/);
    expect(linesIn(80)[1]).toMatch(/^▸ 2 {3}fanout-fanin +The gate +60 minutes$/);
    expect(linesIn(80)[8]).toMatch(/^ {2}9 ! http-fanout +missing$/);
    expect(linesIn(40)[1]).toMatch(/^▸ 2 {3}fanout-fanin +60 minutes$/);
    expect(Math.max(...linesIn(40).map((line) => line.length))).toBeLessThanOrEqual(40);
  });
});
