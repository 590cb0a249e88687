import { describe, expect, it } from "vitest";
import { plain } from "../paint.ts";
import { copyRoad } from "../testing/fixture-road.ts";
import { benchLines, recordBench } from "./bench-card.ts";

const view = { paint: plain, width: 80 };
const row = { workload: "10,000 visitors", failure: null, ratio: 1, peakInFlight: 8, rssMb: 87.25 };

describe("benchLines", () => {
  it("shows what was measured last, and says how to measure", () => {
    using road = copyRoad();
    const lab = road.lab();
    expect(benchLines(lab, view)).toEqual([
      "Nothing was measured yet. To do so:",
      "npx lab bench worker-pool",
    ]);
    const rows = [
      { ...row, strategy: "attempt" },
      { ...row, strategy: "reference", ratio: 0.8512, peakInFlight: null },
      { ...row, strategy: "naive", failure: "it lost 3 visitors" },
    ];
    recordBench(lab, { date: "2026-11-21", rows });
    const text = benchLines(lab, view).join("\n");
    expect(text).toMatch(/10,000 visitors\n.*time +in flight +memory\n {2}attempt +1× +8 +87\.3 MB\n/);
    expect(text).toMatch(/reference +0\.851× +–/);
    expect(text).toContain("it lost 3 visitors");
    expect(text).toContain("Measured on 2026-11-21; being slow is no failure.");
    recordBench(lab, { date: "2026-11-21", rounds: 3, seconds: 0.5, rows });
    expect(benchLines(lab, view).join(" ")).toContain(
      "Measured on 2026-11-21, in 3 rounds, 0.5 s each strategy; being slow is no failure.",
    );
  });

  it("takes a record that it cannot read for none", () => {
    using road = copyRoad();
    road.write(".pictures/bench.json", "{");
    expect(benchLines(road.lab(), view)[0]).toContain("Nothing was measured yet");
  });
});
