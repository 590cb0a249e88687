import { describe, expect, it } from "vitest";
import { readRun } from "./read-run.ts";
import { tasksOf } from "./run.ts";
import { crawl, stopped } from "./testing.ts";

const textsOf = (recorder: Parameters<typeof readRun>[0]) =>
  readRun(recorder).findings.map(({ text }) => text);

describe("readRun", () => {
  it("counts by order: what ends and what begins at one instant are not two at once", async () => {
    const { recorder } = stopped({ limits: { t: 1 } });
    for (const name of ["a", "b", "c"]) await recorder.job("t", name, async () => {})();
    const run = readRun(recorder);
    expect(run.tracks[0]?.running.max).toBe(1);
    expect(run.findings).toEqual([]);
  });

  it("sees a peak that lasts no time", () => {
    const { recorder, pass } = stopped({ limits: { t: 1 } });
    pass(10);
    const spans = ["a", "b"].map((name) => recorder.begin("t", "running", name));
    for (const span of spans) recorder.end(span);
    pass(10);
    recorder.mark("later");
    expect(textsOf(recorder)).toEqual(["t: 2 ran at once at 10 ms; the limit is 1"]);
  });

  it("tells no time where there is none", () => {
    const { recorder } = stopped({ limits: { t: 1 } });
    for (const name of ["a", "b"]) recorder.begin("t", "running", name);
    expect(textsOf(recorder)[0]).toBe("t: 2 ran at once; the limit is 1");
    expect(readRun(recorder).axis).toBe("order");
  });

  it("says when it was worst, and how often it was too much", () => {
    const { recorder, pass } = stopped({ limits: { t: 1 } });
    for (const [size, ms] of [
      [2, 100],
      [3, 20],
    ] as const) {
      const spans = Array.from({ length: size }, (_, i) => recorder.begin("t", "running", `${i}`));
      pass(ms);
      for (const span of spans) recorder.end(span);
      pass(50);
    }
    expect(textsOf(recorder)).toEqual([
      "t: 3 ran at once from 150 ms to 170 ms; the limit is 1 (2 times in all)",
    ]);
  });

  it("keeps of a run that goes on what has ended, and renews what had not", () => {
    const { recorder, pass } = stopped();
    const [a, b] = ["a", "b"].map((name) => recorder.begin("t", "running", name));
    pass(10);
    recorder.end(a ?? -1);
    const before = readRun(recorder).spans;
    pass(10);
    recorder.end(b ?? -1, "failed");
    const now = readRun(recorder).spans;
    expect(now[0]).toBe(before[0]);
    expect(before[1]?.outcome).toBeUndefined();
    expect(now[1]).toMatchObject({ outcome: "failed", end: { at: 20 } });
  });

  it("gives each the first free lane, so that one beyond the limit is one too many", () => {
    const { lanes } = readRun(crawl()).tracks[0] ?? { lanes: [] };
    expect(lanes.map(({ name, over, spans }) => [name, over, spans.map(({ task }) => task)])).toEqual([
      ["1", false, ["/a", "/c", "/a"]],
      ["2", true, ["/b"]],
    ]);
  });

  it("shows idle lanes up to the limit, but not a thousand of them", () => {
    const { recorder } = stopped({ limits: { small: 3, large: 1_000 } });
    recorder.begin("small", "running", "a");
    recorder.begin("large", "running", "b");
    expect(readRun(recorder).tracks.map(({ lanes }) => lanes.length)).toEqual([3, 16]);
  });

  it("keeps who is known to do it in a lane of that name", () => {
    const { recorder } = stopped();
    recorder.end(recorder.begin("jobs", "running", "a", { lane: "worker B" }));
    recorder.end(recorder.begin("jobs", "running", "b", { lane: "worker A" }));
    recorder.end(recorder.begin("jobs", "running", "c", { lane: "worker B" }));
    const { lanes } = readRun(recorder).tracks[0] ?? { lanes: [] };
    expect(lanes.map(({ name, spans }) => [name, spans.length])).toEqual([
      ["worker B", 2],
      ["worker A", 1],
    ]);
  });

  it("draws what runs for another below it, tries of one task in one row, in any track", () => {
    const { recorder, pass } = stopped();
    const parent = recorder.begin("request", "running", "GET /");
    const query = recorder.begin("db", "running", "query", { parent });
    const log = recorder.begin("db", "running", "log", { parent: query });
    pass(10);
    recorder.end(log);
    recorder.end(query, "failed");
    const again = recorder.begin("db", "running", "query", { parent });
    pass(10);
    recorder.end(again);
    recorder.end(parent);
    const run = readRun(recorder);
    expect(run.tracks[0]?.lanes.map(({ name, depth, spans }) => [depth, name, spans.length])).toEqual([
      [0, "GET /", 1],
      [1, "query", 2],
      [2, "log", 1],
    ]);
    expect(run.findings).toEqual([]);
  });

  it("gives the rows of one that is over to the next, with all that ran for it, and names them after tracks", () => {
    const { recorder, pass } = stopped({ limits: { requests: 2 } });
    const begin = (name: string) => {
      const parent = recorder.begin("requests", "running", name);
      return [parent, recorder.begin("db", "running", `query of ${name}`, { parent })] as const;
    };
    const [first, query] = begin("r1");
    recorder.end(first);
    begin("r2"); // The query of r1 is still under way: r2 has rows of its own.
    recorder.end(query);
    pass(10);
    begin("r3");
    recorder.begin("requests", "running", "r4");
    const { tracks } = readRun(recorder);
    const rows = tracks[0]?.lanes.map(({ name, depth, over, spans }) => [
      `${"> ".repeat(depth)}${name}${over ? " over" : ""}`,
      spans.map(({ task }) => task).join(),
    ]);
    expect(rows).toEqual([
      ["requests 1", "r1,r3"],
      ["> db", "query of r1,query of r3"],
      ["requests 2", "r2"],
      ["> db", "query of r2"],
      ["requests 3 over", "r4"],
    ]);
  });

  it("finds what outlives that for which it runs", () => {
    const { recorder, pass } = stopped();
    const parent = recorder.begin("t", "running", "request");
    const child = recorder.begin("t", "running", "query", { parent });
    pass(10);
    recorder.end(parent);
    pass(30);
    recorder.end(child);
    expect(textsOf(recorder)).toEqual(["«query» outlived «request», for which it ran, by 30 ms"]);
  });

  it("counts what lies between two stages", () => {
    const { recorder, pass } = stopped({ flow: ["parse", "store"], limits: { "parse → store": 1 } });
    for (const name of ["a", "b", "c"]) {
      recorder.end(recorder.begin("parse", "running", name), name === "c" ? "dropped" : "ok");
      pass(10);
    }
    recorder.end(recorder.begin("store", "running", "a"));
    pass(10);
    recorder.mark("end");
    expect(textsOf(recorder)).toEqual(["parse → store held up to 2 from 10 ms to 30 ms; the limit is 1"]);
  });

  it("shows the wait of who failed and is called again, without having been told of it", () => {
    const { recorder, pass } = stopped();
    recorder.end(recorder.begin("t", "running", "a"), "failed");
    pass(100);
    recorder.end(recorder.begin("t", "running", "a"));
    expect(readRun(recorder).tracks[0]?.retrying.max).toBe(1);
  });

  it("finds what begins after an abort, also at the same instant; of one track, if it was that track's", () => {
    const { recorder } = stopped();
    recorder.begin("a", "running", "early");
    recorder.mark("abort", "stop", { track: "a" });
    recorder.begin("a", "running", "late");
    recorder.begin("b", "running", "clean-up");
    expect(textsOf(recorder)[0]).toBe("«late» began after the abort");
  });

  it("finds what begins in the aborted subtree only", () => {
    const { recorder } = stopped();
    const parent = recorder.begin("t", "running", "request");
    recorder.mark("abort", "stop", { task: "request" });
    recorder.begin("t", "running", "query", { parent });
    recorder.begin("t", "running", "another request");
    expect(textsOf(recorder)[0]).toBe("«query» began after the abort");
  });

  it("finds what runs on after the deadline", () => {
    const { recorder, pass } = stopped();
    const [inTime, late] = ["in time", "late"].map((name) => recorder.begin("t", "running", name));
    pass(10);
    recorder.mark("deadline", "stop");
    recorder.end(inTime ?? 0);
    pass(10);
    recorder.end(late ?? 0);
    expect(textsOf(recorder)).toEqual(["«late» ran on after the deadline"]);
  });

  it("finds what was never begun, unless it was aborted, and what never ended", () => {
    const { recorder } = stopped();
    recorder.queued("t", "lost");
    recorder.begin("t", "running", "stuck");
    recorder.mark("close", "stop");
    expect(textsOf(recorder)).toEqual(["handed over and never begun: «lost»", "never ended: «stuck»"]);
    recorder.mark("abort", "stop");
    expect(textsOf(recorder)).toEqual(["never ended: «stuck»"]);
  });

  it("does not call lost what a broken-off recording did not see the end of", () => {
    const { recorder } = stopped();
    recorder.queued("t", "a");
    recorder.begin("t", "running", "b");
    const run = readRun({ ...recorder.toJSON(), isCut: true });
    expect(run.findings).toEqual([]);
    expect(run.spans.map(({ outcome }) => outcome)).toEqual(["cut", "cut"]);
  });

  it("says in simulated time that somebody was idle while work waited; in real time nobody knows", () => {
    const record = (clock: "simulated" | "real") => {
      const { recorder, pass } = stopped({ clock, limits: { t: 2 } });
      recorder.queued("t", "b");
      const a = recorder.begin("t", "running", "a");
      pass(40);
      const b = recorder.begin("t", "running", "b");
      pass(1);
      for (const span of [a, b]) recorder.end(span);
      return textsOf(recorder);
    };
    expect(record("simulated")).toEqual(["t: 1 of 2 idle for 40 ms in all, while work waited in line"]);
    expect(record("real")).toEqual([]);
  });

  it("puts the rows in the order that is asked for", () => {
    const { recorder } = stopped({ rows: ["level", "b"] });
    for (const track of ["a", "b"]) recorder.begin(track, "running", "x");
    recorder.level("level", 1);
    const names = readRun(recorder).rows.map((row) => ("level" in row ? row.level.name : row.track.name));
    expect(names).toEqual(["level", "b", "a"]);
  });

  it("reads an empty recording", () => {
    expect(readRun(stopped().recorder)).toMatchObject({ end: 0, count: 0, tracks: [], findings: [] });
  });
});

describe("tasksOf", () => {
  it("keeps of many tasks those that ended badly or took longest, in their order", () => {
    const { recorder, pass } = stopped();
    for (const name of ["a", "long", "b", "bad", "c"]) {
      const span = recorder.begin("t", "running", name);
      if (name === "long") pass(100);
      recorder.end(span, name === "bad" ? "failed" : "ok");
    }
    const { tasks, more } = tasksOf(readRun(recorder), 2);
    expect([tasks.map(({ name }) => name), more]).toEqual([["long", "bad"], 3]);
  });
});
