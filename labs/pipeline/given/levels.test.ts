import { describe, expect, it } from "vitest";
import { keepLevels, LEVELS, levelNamed, levelOfSeverity, levelsFrom } from "./levels.ts";

describe("levelsFrom", () => {
  it("gives a level and all that are more severe", () => {
    expect(LEVELS.map((level) => [...levelsFrom(level)].length)).toEqual([4, 3, 2, 1]);
    expect([...levelsFrom("WARN")]).toEqual(["WARN", "ERROR"]);
  });
});

describe("keepLevels", () => {
  it("keeps the entries of the levels that it is given, and no others", () => {
    const keep = keepLevels(new Set(["INFO", "ERROR"]));
    const kept = LEVELS.filter((level) => keep({ timestamp: "", level, source: "", message: "" }));
    expect(kept).toEqual(["INFO", "ERROR"]);
  });
});

describe("levelNamed", () => {
  it("knows a level in any case, and by what others call it", () => {
    expect(["info", "Warning", "FATAL", "trace", "", "LOUD"].map(levelNamed)).toEqual([
      ...["INFO", "WARN", "ERROR", "DEBUG", undefined, undefined],
    ]);
  });
});

describe("levelOfSeverity", () => {
  it("puts the eight severities of syslog on four levels", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(levelOfSeverity)).toEqual([
      ...["ERROR", "ERROR", "ERROR", "ERROR", "WARN", "INFO", "INFO", "DEBUG"],
    ]);
  });
});
