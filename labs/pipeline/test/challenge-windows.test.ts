import { challenge, guarantee, simulate } from "@pattern-labs/testkit";
import { it } from "vitest";
import type { Entry, Level, Stage, Window, WindowsOptions } from "../contract.ts";
import { Feed, untold } from "./feed.ts";
import { expectRefused } from "./out-of-range.ts";
import { readAll } from "./outcome.ts";
import { lab } from "./subject.ts";

function windows(options: WindowsOptions): Stage<Entry, Window> {
  if (lab.windows === undefined) throw new Error("TODO windows.1: `windows` is not exported");
  return lab.windows(options);
}

/** Entries of these levels, each so many ms after the one before. The end comes `endMs` after the last. */
function timed(levels: readonly (readonly [gapMs: number, level: Level])[], endMs: number): Feed<Entry> {
  const entries = levels.map(([, level]) => ({ timestamp: "", level, source: "test", message: "" }));
  const wait = (n: number) =>
    new Promise<void>((resolve) => setTimeout(resolve, levels[n - 1]?.[0] ?? endMs));
  return new Feed(entries, { wait });
}

const told = ({ fromMs, toMs, counts }: Window) =>
  `${fromMs} to ${toMs}: ${counts.DEBUG} ${counts.INFO} ${counts.WARN} ${counts.ERROR}`;

async function expectWindows(
  options: WindowsOptions,
  feed: Feed<Entry>,
  expected: readonly string[],
  why: string,
) {
  const { values, error } = await readAll(windows(options)(feed, { signal: untold() }));
  const got = values.map(told);
  guarantee(got.join("; ") === expected.join("; ") && error === undefined, {
    happened: `windows of ${options.sizeMs} ms every ${options.everyMs} ms (DEBUG INFO WARN ERROR) were ${got.join("; ")}`,
    expected: expected.join("; "),
    why,
  });
}

challenge("windows", lab, () => {
  it("windows.1 tumbling: each entry is counted in one window, by level, and empty windows are given, too", () =>
    simulate(async () => {
      const levels = [
        [100, "INFO"],
        [300, "ERROR"],
        [600, "WARN"],
        [2_500, "INFO"],
        [100, "INFO"],
      ] as const;
      await expectWindows(
        { sizeMs: 1_000, everyMs: 1_000 },
        timed(levels, 600),
        ["0 to 1000: 0 1 0 1", "1000 to 2000: 0 0 1 0", "2000 to 3000: 0 0 0 0", "3000 to 4000: 0 2 0 0"],
        "The third entry came at 1,000 ms, so it belongs to the second window. A curve without its zeros lies.",
      );
    }));

  it("windows.2 sliding: every so often the last while is told", () =>
    simulate(async () => {
      const levels = [
        [500, "INFO"],
        [1_000, "ERROR"],
        [1_000, "INFO"],
      ] as const;
      await expectWindows(
        { sizeMs: 3_000, everyMs: 1_000 },
        timed(levels, 2_600),
        [
          "-2000 to 1000: 0 1 0 0",
          "-1000 to 2000: 0 1 0 1",
          "0 to 3000: 0 2 0 1",
          "1000 to 4000: 0 1 0 1",
          "2000 to 5000: 0 1 0 0",
        ],
        "Errors in the last minute, told every ten seconds, is what an alarm looks at.",
      );
    }));

  it("windows.3 when the input ends a last window tells of what came since, and nothing is left", () =>
    simulate(async () => {
      const why = "What came last is what the process died of.";
      const options = { sizeMs: 1_000, everyMs: 1_000 };
      const some = timed(
        [
          [100, "INFO"],
          [1_100, "ERROR"],
        ],
        50,
      );
      await expectWindows(options, some, ["0 to 1000: 0 1 0 0", "1000 to 1250: 0 0 0 1"], why);
      await expectWindows(options, timed([], 10), [], why);
    }));

  it("windows.4 options out of range are refused at once, by name", () => {
    const why = "A window that cannot be is a slip of the pen.";
    expectRefused("sizeMs", [0, 1_500, Number.NaN], (sizeMs) => windows({ sizeMs, everyMs: 1_000 }), why);
    expectRefused(
      "everyMs",
      [0, Number.NaN, 2 ** 31],
      (everyMs) => windows({ sizeMs: everyMs, everyMs }),
      why,
    );
  });
});
