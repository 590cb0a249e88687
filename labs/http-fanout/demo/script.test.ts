import { describe, expect, it } from "vitest";
import { nameOf, scriptSchema } from "./script.ts";

describe("scriptSchema", () => {
  it("reads steps; ten services misbehave unless it is said", () => {
    const steps = scriptSchema.parse("3:well, 0.5:half stalled*4,6:stalled * 20,1:reset");
    expect(steps.map(({ seconds, services }) => [seconds, services])).toEqual([
      ...[
        [3, 10],
        [0.5, 4],
        [6, 20],
        [1, 10],
      ],
    ]);
    expect(steps.map(nameOf)).toEqual(["well", "half stalled × 4", "stalled × 20", "reset × 10"]);
  });

  it.each([
    "",
    "well",
    "3:",
    "3:fine",
    "3:stalled*21",
    "0:well",
    "-1:well",
    "3:well,",
    "3:well*",
    "1e9:well",
  ])("refuses %j", (text) => {
    expect(scriptSchema.safeParse(text).error?.issues[0]?.message).toMatch(
      /^must be steps such as 3:well,6:/,
    );
  });
});
