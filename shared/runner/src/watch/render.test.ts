import { stripVTControlCharacters } from "node:util";
import type { TestOutcome } from "@pattern-labs/testkit/judge";
import { describe, expect, it } from "vitest";
import { positionIn } from "../position.ts";
import { copyRoad } from "../testing/fixture-road.ts";
import type { LabVerdict } from "../verdict.ts";
import { render, scrollLimit } from "./render.ts";
import type { WatchState } from "./state.ts";

const passed: TestOutcome = {
  file: "test/1-enter.test.ts",
  title: "1.1 never more than two",
  state: "passed",
  ms: 1,
};
const failed: TestOutcome = {
  file: "test/1-enter.test.ts",
  title: "1.2 refuses a limit of zero",
  state: "failed",
  ms: 1,
  failure: {
    kind: "guarantee",
    message: "",
    happened: "a gate for nobody",
    expected: "a RangeError",
    why: "It is no gate.",
  },
};
const alsoFailed: TestOutcome = {
  ...failed,
  title: "1.3 counts children too",
  failure: { kind: "error", message: "expected 3 to be 2\nwith a second line" },
};
const open: TestOutcome = {
  ...failed,
  title: "1.4 lets cats in",
  failure: { kind: "todo", message: "TODO 1.4: cats are yours to write" },
};

function stateWith(tests: readonly TestOutcome[], changes: Partial<WatchState> = {}): WatchState {
  using road = copyRoad();
  const lab = road.lab();
  const count = (state: TestOutcome["state"]) => tests.filter((test) => test.state === state).length;
  const tally = { passed: count("passed"), failed: count("failed") };
  const verdict: LabVerdict = {
    lab: lab.name,
    target: "attempt",
    steps: [{ step: 1, title: "Enter", tests, ...tally }],
    challenges: [],
    problems: [],
    ...tally,
  };
  return {
    lab,
    part: { step: 1 },
    position: positionIn(lab, { labs: {} }),
    run: { state: "resting" },
    result: { verdict, ms: 412 },
    types: [],
    panel: { kind: "verdict" },
    scroll: 0,
    ...changes,
  };
}

const frame = (state: WatchState, columns = 80, rows = 24) => render(state, { columns, rows, colour: false });

describe("render", () => {
  it("tells the first failure in full and the others in a line each", () => {
    const text = frame(stateWith([passed, failed, alsoFailed, open]));
    expect(text).toMatch(
      /✘ 1\.2 refuses[\s\S]*happened {2}a gate for nobody[\s\S]*had to {4}a RangeError[\s\S]*why/,
    );
    expect(text).toContain("✔ 1.1 never more than two");
    expect(text).toContain("✘ 1.3 counts children too — expected 3 to be 2");
    expect(text).not.toContain("second line");
    expect(text).toContain("○ 1.4 lets cats in not written yet");
    expect(text).toContain("judged in 412 ms");
  });

  it("is kind about what is not written yet", () => {
    expect(frame(stateWith([open]))).toContain("cats are yours to write");
  });

  it("asks for n when the step passes, and shows nothing of the next one", () => {
    const text = frame(stateWith([passed]));
    expect(text).toContain("✔ Step 1 passes: Enter");
    expect(text).toContain("Press n for step 2 of 2 · Leave");
  });

  it("says so when an earlier step broke on the way", () => {
    const state = stateWith([passed]);
    const earlier = [{ step: 1, title: "Enter", passed: 0, failed: 1, tests: [failed] }];
    const text = frame({ ...state, ...(state.result && { result: { ...state.result, earlier } }) });
    expect(text).toContain("But step 1 no longer holds: Enter");
    expect(text).toContain("a gate for nobody");
  });

  it("tells first what node would refuse, although every test passes", () => {
    const types = [
      { where: "attempt/index.ts:1:1", text: "Node refuses enum.", code: "TS1294", stopsNode: true },
    ];
    expect(frame(stateWith([passed], { types }))).toContain("Node refuses enum.");
    const text = frame(stateWith([failed], { types }));
    expect(text.indexOf("Node refuses enum.")).toBeLessThan(text.indexOf("✘ 1.2"));
  });

  it.each([
    [80, 24],
    [40, 12],
    [20, 6],
    [12, 3],
    [200, 60],
  ])("fits %d columns and %d rows exactly, leaving the last column free", (columns, rows) => {
    const many = Array.from({ length: 30 }, (_, n) => ({
      ...alsoFailed,
      title: `1.${n + 5} a rather long title, number ${n}`,
    }));
    for (const colour of [false, true]) {
      const lines = render(stateWith([failed, ...many]), { columns, rows, colour })
        .split("\n")
        .map(stripVTControlCharacters);
      expect(lines).toHaveLength(rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
    }
  });

  it.each([80, 40])("keeps every key, and every notice, whole in %d columns", (columns) => {
    const panel = { kind: "hints", shown: [], total: 0 } as const;
    const notice = "The reference is for afterwards. To look now: npx lab compare worker-pool --reveal";
    const text = frame(stateWith([failed], { panel, notice }), columns);
    for (const key of ["esc back", "n next", "b bench", "q quit", "↑↓ scroll"]) expect(text).toContain(key);
    expect(text.replaceAll("\n", " ")).toContain(notice);
  });

  it("keeps the failure in sight on a small terminal, and the rest within reach", () => {
    const many = Array.from({ length: 30 }, (_, n) => ({ ...alsoFailed, title: `1.${n + 5} number ${n}` }));
    const state = stateWith([...many.slice(1), failed, ...many.slice(0, 1)].reverse());
    expect(frame(state, 80, 14)).toMatch(/↓ \d+ more/);
    const end = { ...state, scroll: scrollLimit(state, { columns: 80, rows: 14 }) };
    expect(frame(end, 80, 14)).toMatch(/↑ \d+ more\n/);
    expect(frame(end, 80, 14)).not.toMatch(/↓ \d/);
  });

  it("shows hints, the newest first", () => {
    const text = frame(
      stateWith([failed], { panel: { kind: "hints", shown: ["Count.", "Compare."], total: 3 } }),
    );
    expect(text.indexOf("Compare.")).toBeLessThan(text.indexOf("Count."));
    expect(text).toContain("h shows the next one");
  });

  it("asks before it puts an attempt aside", () => {
    expect(frame(stateWith([failed], { panel: { kind: "reset?" } }))).toMatch(/start afresh\?[\s\S]*y yes/);
  });
});
