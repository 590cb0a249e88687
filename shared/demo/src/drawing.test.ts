import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Recorder } from "@pattern-labs/picture";
import { afterAll, describe, expect, it } from "vitest";
import { drawInTerminal, saveDrawing } from "./drawing.ts";

const folder = mkdtempSync(join(tmpdir(), "drawing-"));
afterAll(() => rmSync(folder, { recursive: true }));

function someRun(): Recorder {
  const recorder = new Recorder({ title: "crawl" });
  recorder.end(recorder.begin("pages", "running", "/about"));
  return recorder;
}

describe("saveDrawing", () => {
  it.each([
    ["run.html", /^<!doctype html>/],
    ["run.svg", /^<svg /],
    ["run.json", /^\{"displayTimeUnit":"ms"/],
  ])("writes what the name %s asks for", (name, begin) => {
    saveDrawing(someRun(), join(folder, name));
    expect(readFileSync(join(folder, name), "utf8")).toMatch(begin);
  });
});

describe("drawInTerminal", () => {
  it("keeps to the width of the screen, which may say that it has none", () => {
    for (const columns of [0, 50, 300]) {
      const chunks: unknown[] = [];
      drawInTerminal(someRun(), { columns, write: (chunk: unknown) => chunks.push(chunk) > 0 });
      const text = chunks.join("");
      expect(text).toContain("crawl");
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(columns || 80);
    }
  });
});
