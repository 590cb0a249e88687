import { describe, expect, it } from "vitest";
import { findLab, readRoad } from "./road.ts";
import { copyRoad } from "./testing/fixture-road.ts";

describe("readRoad", () => {
  it("has nine labs in order, also those that are missing", () => {
    using fixture = copyRoad();
    const road = readRoad(fixture.root);
    expect(road.map((place) => place.order)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(road.filter((place) => place.lab !== undefined).map((place) => place.name)).toEqual([
      "worker-pool",
    ]);
  });

  it("is not brought down by one lab whose package.json is damaged", () => {
    using fixture = copyRoad();
    fixture.write("package.json", '{ "lab": { "order": 1, "minutes": "many" } }');
    const [first] = readRoad(fixture.root);
    expect(first?.lab).toBeUndefined();
    expect(first?.damage).toContain("minutes");
    expect(() => findLab(readRoad(fixture.root), "worker-pool")).toThrow(/minutes/);
  });
});

describe("findLab", () => {
  it("proposes the nearest name", () => {
    using fixture = copyRoad();
    expect(() => findLab(readRoad(fixture.root), "wroker-pool")).toThrow(/"wroker-pool".*"worker-pool"/);
  });

  it("tells a lab that is missing from one that never was", () => {
    using fixture = copyRoad();
    expect(() => findLab(readRoad(fixture.root), "pipeline")).toThrow(
      "The lab pipeline is missing: there is no labs/pipeline/package.json.",
    );
    expect(() => findLab(readRoad(fixture.root), "dining-philosophers")).toThrow(
      'There is no lab "dining-philosophers".',
    );
  });
});
