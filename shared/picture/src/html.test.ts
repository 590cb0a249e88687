import { describe, expect, it } from "vitest";
import { toHtml } from "./html.ts";
import { readRun } from "./read-run.ts";
import { crawl, nastyRecorder, stopped } from "./testing.ts";

const dataOf = (html: string, id: string) => {
  const begin = `<script type="application/json" id="${id}">`;
  const from = html.indexOf(begin) + begin.length;
  return JSON.parse(html.slice(from, html.indexOf("</script>", from)));
};

describe("toHtml", () => {
  it("loads nothing from anywhere, and forbids itself to", () => {
    const html = toHtml(readRun(nastyRecorder()));
    const body = html.replaceAll(/<script[\s\S]*?<\/script>/g, "");
    const loading =
      /<(?:[^<>"]|"[^"]*")*\s(?:src|href|action)=|@import|url\((?!#)|<(?:link|iframe|object|embed|img)/i;
    expect(loading.exec(body)?.[0]).toBeUndefined();
    expect(html).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`,
    );
  });

  it("lets no name out of its place", () => {
    const html = toHtml(readRun(nastyRecorder()));
    expect(html).not.toContain("<img");
    expect(html.match(/<script/g)).toHaveLength(3); // Steps, trace, and its own.
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    expect(html.isWellFormed()).toBe(true);
  });

  it("shows who did it and what became of it, for wide and for narrow screens", () => {
    const html = toHtml(readRun(crawl()));
    for (const rows of ["lanes", "tasks"]) {
      for (const size of ["wide", "narrow"]) expect(html).toContain(`class="sheet ${rows} ${size}"`);
    }
    expect(html).toContain("@media (max-width:640px)");
    expect(html).toContain("color-scheme:light dark");
  });

  it("has every event as a step, in order and in words", () => {
    const steps = dataOf(toHtml(readRun(crawl())), "steps");
    expect(steps.map(([, when, text]: string[]) => `${when}: ${text}`)).toEqual([
      "0 ms: /c is handed over",
      "0 ms: /a begins",
      "0 ms: /b begins",
      "50 ms: /a fails: 503",
      "50 ms: /a waits to be tried again",
      "50 ms: /b is done",
      "50 ms: /c begins",
      "80 ms: close",
      "80 ms: /c is done",
      "80 ms: /a begins, try 2",
      "100 ms: /a is done",
    ]);
    expect(steps.map(([place]: number[]) => place).slice(-2)).toEqual([0.8, 1]);
  });

  it("carries the trace to save", () => {
    expect(dataOf(toHtml(readRun(crawl())), "trace-0").traceEvents.length).toBeGreaterThan(5);
  });

  it("puts two runs on one page, each with its findings and its trace", () => {
    const html = toHtml([crawl("your attempt"), crawl("the reference")].map(readRun));
    expect(html).toContain("<title>your attempt and the reference</title>");
    expect(dataOf(html, "trace-1").traceEvents.length).toBeGreaterThan(5);
    expect(dataOf(html, "steps")[0][2]).toBe("1: /c is handed over");
  });

  it("stays a page that a browser can bear when the run is long", () => {
    const { recorder, pass } = stopped();
    for (let n = 0; n < 50_000; n += 1) {
      pass(1);
      recorder.end(recorder.begin("t", "running", `job ${n}`));
    }
    expect(toHtml(readRun(recorder)).length).toBeLessThan(4_000_000);
  });
});
