import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { columnsOf } from "./label.ts";
import { readRun } from "./read-run.ts";
import { crawl, nastyRecorder, stopped } from "./testing.ts";
import { toText } from "./text.ts";

const lines = (...text: string[]) => text.join("\n");

describe("toText", () => {
  it("draws who did it, and the red line that was crossed", () => {
    expect(toText(readRun(crawl()), { width: 80 })).toBe(
      lines(
        "crawl  3 tasks, 4 runs, 100 ms of simulated time",
        "  ✗ pages: 2 ran at once from 0 ms to 50 ms; the limit is 1",
        "",
        "            ╵0         ╵20        ╵40        ╵60        ╵80  ╵100 ms",
        "  in line   1111111111111111111111111111                ┊             max 1",
        "  to retry                              1111111111111111┊             max 1",
        "  pages 1   /a━━━━━━━━━━━━━━━━━━━━━━━━━✗/c━━━━━━━━━━━━━╸/a²━━━━━━━╸",
        "            ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  limit 1",
        "  pages 2   /b━━━━━━━━━━━━━━━━━━━━━━━━━╸                ┊",
        "  at once   2222222222222222222222222222111111111111111111111111111   max 2 of 1",
        "                                                        ▲ close",
        "",
        "  ━━ runs   ✗ failed   ² second try",
      ),
    );
  });

  it("draws what became of each task", () => {
    const rows = toText(readRun(crawl()), { width: 80, rows: "tasks" }).split("\n");
    expect(rows.find((row) => row.startsWith("  /a"))).toMatch(/━✗ ?┄+[┊━]━+╸ +ok, 2 tries$/);
    expect(rows.find((row) => row.startsWith("  /c"))).toMatch(/ ·+━+╸┊? +ok$/);
  });

  it("is as wide as it is told, and no wider", () => {
    for (const width of [40, 60, 100, 140]) {
      for (const rows of ["lanes", "tasks"] as const) {
        const widest = Math.max(
          ...toText(readRun(nastyRecorder()), { width, rows }).split("\n").map(columnsOf),
        );
        expect(widest).toBeLessThanOrEqual(width);
      }
    }
  });

  it("is as high as it is told where what is wrong leaves room, and says what it folds", () => {
    const { recorder, pass } = stopped();
    for (let n = 1; n <= 50; n += 1) recorder.begin("t", "running", `job ${n}`);
    pass(10);
    const text = toText(readRun({ ...recorder.toJSON(), isCut: true }), { height: 12 });
    expect(text.split("\n").length).toBeLessThanOrEqual(12);
    expect(text).toContain("… 42 more lanes");
  });

  it("never folds away the lane that is one too many", () => {
    const { recorder, pass } = stopped({ limits: { t: 20 } });
    for (let n = 1; n <= 21; n += 1) recorder.begin("t", "running", `job ${n}`);
    pass(10);
    expect(toText(readRun(recorder), { height: 10 })).toMatch(/ {2}t 21 .*▶/);
  });

  it("puts two runs on one scale", () => {
    const short = stopped({ title: "short" });
    short.pass(50);
    short.recorder.mark("end", "stop");
    const long = stopped({ title: "long" });
    long.pass(100);
    long.recorder.mark("end", "stop");
    const columns = toText([short, long].map(({ recorder }) => readRun(recorder)))
      .split("\n")
      .filter((line) => line.includes("end"))
      .map((line) => line.indexOf("▲"));
    expect(columns[0]).toBeCloseTo((12 + (columns[1] ?? 0)) / 2, -1);
  });

  it("colours if it is told to, and means the same without", () => {
    const run = readRun(crawl());
    const coloured = toText(run, { color: true });
    expect(coloured).toContain("\x1b[97;41m");
    const plain = stripVTControlCharacters(coloured);
    expect(plain.split("\n").map((line) => line.length)).toEqual(plain.split("\n").map(columnsOf));
    expect(toText(run)).not.toContain("\x1b");
  });

  it("keeps to ASCII if it is told to, whatever the names", () => {
    const text = toText(readRun(nastyRecorder()), { ascii: true });
    expect(text).toMatch(/^[ -~\n]*$/);
  });

  it("lets no name break a line or reach the terminal", () => {
    const text = toText(readRun(nastyRecorder()));
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|[\u202a-\u202e]/u);
    expect(text.isWellFormed()).toBe(true);
  });

  it("shows the order where no time passed", () => {
    const { recorder } = stopped();
    recorder.end(recorder.begin("t", "running", "a"));
    const text = toText(readRun(recorder));
    expect(text).toContain("2 events in order");
    expect(text).toContain("╵event 1");
  });

  it("marks what never ended, and what a broken-off recording did not see end", () => {
    const { recorder, pass } = stopped();
    recorder.begin("t", "running", "a");
    pass(10);
    expect(toText(readRun(recorder))).toMatch(/t 1|t .*▶[\s\S]*▶ never ended/);
    expect(toText(readRun({ ...recorder.toJSON(), isCut: true }))).toContain("▶ still runs");
  });

  it("draws an empty run", () => {
    expect(toText(readRun(stopped({ title: "nothing" }).recorder))).toContain("nothing  0 tasks, 0 events");
  });
});
