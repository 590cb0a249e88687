import { Recorder } from "@pattern-labs/picture";
import type { Failure } from "@pattern-labs/testkit/judge";
import { describe, expect, it } from "vitest";
import { gist, storyLines, tellFailure } from "./failure-view.ts";
import { plain } from "./paint.ts";

const told = (failure: Failure, title?: string, width = 100) =>
  storyLines(tellFailure(failure, "worker-pool", title), plain, width).join("\n");

describe("tellFailure", () => {
  it("tells what happened, what had to, why, and where", () => {
    const failure: Failure = {
      kind: "guarantee",
      message: "11 jobs ran at once …",
      happened: "11 jobs ran at once",
      expected: "10 at most",
      why: "The site bans whoever opens more.",
      where: "attempt/index.ts:42:7",
    };
    expect(told(failure)).toBe(
      [
        "happened  11 jobs ran at once",
        "had to    10 at most",
        "why       The site bans whoever opens more.",
        "at        attempt/index.ts:42:7",
      ].join("\n"),
    );
  });

  it("shows a schedule's timeline once, cut rather than wrapped, and the command that runs it again", () => {
    const failure: Failure = {
      kind: "schedule",
      message: "2 jobs ran at once\n\n 1  a  begins\n 2  b  begins and goes on for very long",
      summary: "2 jobs ran at once",
      timeline: " 1  a  begins\n 2  b  begins and goes on for very long",
      replay: "s0.12",
    };
    expect(told(failure, "1.2 never more than `workers` jobs", 60)).toBe(
      [
        "happened  2 jobs ran at once",
        "",
        "   1  a  begins",
        "   2  b  begins and goes on for very long",
        "",
        'again     npx lab test worker-pool --title "1.2" --replay',
        "          s0.12",
      ].join("\n"),
    );
    expect(told(failure, "1.2 …", 24)).toContain("   2  b  begins and goe…");
  });

  it("draws what the jobs did, as wide as there is room, and then no timeline of the ordinary order", () => {
    const recorder = new Recorder({ title: "1.1", limits: { pages: 1 }, now: () => 0 });
    for (const page of ["/a", "/b"]) recorder.begin("pages", "running", page);
    const failure: Failure = {
      kind: "schedule",
      message: "2 jobs ran at once",
      recording: recorder.toJSON(),
      timeline: "   1      0 ms  ● starts",
      replay: "s0.",
    };
    const lines = told(failure, "1.1 …", 60).split("\n");
    expect(lines).toContain("    ✗ pages: 2 ran at once; the limit is 1");
    expect(lines.length).toBeLessThanOrEqual(20);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.join()).not.toContain("● starts");
    expect(told({ ...failure, timeline: "   1      0 ms  ★ starts" })).toContain("★ starts");
  });

  it.each([
    ["TODO 1.1: createPool is yours to write", "createPool is yours to write"],
    ["Error: TODO 2.3: close is yours to write", "close is yours to write"],
    ["TODO priority.1: order is yours to write", "order is yours to write"],
  ])("takes %j kindly", (message, kind) => {
    expect(gist({ kind: "todo", message })).toBe(kind);
  });

  it.each([
    ["TypeError: lab.createPool is not a function", 'Your index.ts exports no function "createPool"'],
    ["TypeError: pool.submit is not a function", 'What you return has no function "submit"'],
    [
      "TypeError: Cannot read properties of undefined (reading 'submit')",
      'You gave undefined where something with "submit" is expected',
    ],
  ])("puts what the tests run into in words: %s", (summary, words) => {
    expect(told({ kind: "schedule", message: summary, summary })).toContain(words);
  });

  it("leaves an error of the answer's own as it is", () => {
    const message = "TypeError: queue.shfit is not a function";
    expect(told({ kind: "error", message, where: "attempt/index.ts:4:2" })).toContain(message);
  });

  it("knows a missing export from an ordinary error", () => {
    expect(told({ kind: "error", message: "TypeError: lab.createPool is not a function" })).toContain(
      'Your index.ts exports no function "createPool"',
    );
    expect(told({ kind: "error", message: "TypeError: queue.shift is not a function" })).toContain(
      "queue.shift",
    );
  });

  it("says what to write in place of syntax that node refuses", () => {
    const message =
      "SyntaxError [ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX]: TypeScript enum is not supported in strip-only mode";
    expect(told({ kind: "import", message })).toMatch(/instead\s+.*union of strings/s);
  });

  it("says what to look for when nothing moves any more", () => {
    expect(told({ kind: "hung", message: "The code has run for 5 s" })).toContain("while (!done)");
  });
});
