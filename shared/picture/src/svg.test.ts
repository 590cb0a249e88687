import { describe, expect, it } from "vitest";
import type { Outcome, RunEvent } from "./event.ts";
import type { Piece } from "./markup.ts";
import { readRun } from "./read-run.ts";
import { drawSvg, toSvg } from "./svg.ts";
import { crawl, nastyRecorder, stopped } from "./testing.ts";
import { complaintAbout } from "./testing-xml.ts";

describe("toSvg", () => {
  it("draws lanes, the limit that was crossed, moments and findings", () => {
    const svg = toSvg(readRun(crawl()));
    expect(svg).toContain("✗ pages: 2 ran at once from 0 ms to 50 ms; the limit is 1</text>");
    expect(svg).toContain('<rect class="lane over"');
    expect(svg).toContain('<path class="limit over"');
    expect(svg).toMatch(
      /<path class="moment stop"[^>]*\/><text class="mark stop"[^>]*><tspan class="halo">close<\/tspan>/,
    );
    expect(svg).toContain("<title>/a, try 2, ran for 20 ms from 80 ms</title>");
    expect(svg).toContain("<title>/a ran for 50 ms from 0 ms: failed, 503</title>");
  });

  it("says in words what it shows, for who cannot see it", () => {
    expect(toSvg(readRun(crawl()))).toMatch(
      /role="img" aria-label="crawl: pages: 2 ran at once from 0 ms to 50 ms; the limit is 1"/,
    );
    expect(toSvg(readRun(stopped().recorder))).toContain('aria-label="run: nothing to object to"');
  });

  it("is well-formed XML, whatever the names", () => {
    for (const rows of ["lanes", "tasks"] as const) {
      for (const width of [280, 960]) {
        const svg = toSvg(readRun(nastyRecorder()), { rows, width });
        expect(complaintAbout(svg)).toBeUndefined();
        expect(svg).not.toContain("<img");
      }
    }
  });

  it("follows the page's colour scheme", () => {
    const svg = toSvg(readRun(crawl()));
    expect(svg).toContain("svg.picture:root{color-scheme:light dark}");
    expect(svg.match(/light-dark\(/g)?.length).toBeGreaterThan(30);
  });

  it("loads nothing and runs nothing", () => {
    const svg = toSvg(readRun(nastyRecorder()));
    expect(svg).not.toMatch(/<script|\b(?:xlink:)?href=|@import|url\((?!#)|\son\w+="/);
  });

  it("gives its ids the prefix that it is told: two may stand on one page", () => {
    const ids = (id: string) =>
      [...toSvg(readRun(crawl()), { id }).matchAll(/ id="([^"]+)"/g)].map(([, one]) => one);
    expect(new Set([...ids("one"), ...ids("two")]).size).toBe(2 * ids("one").length);
  });

  it("grows with the pixels, not with the events", () => {
    const { recorder, pass } = stopped({ maxEvents: 100_000 });
    for (let n = 0; n < 20_000; n += 1) {
      const span = recorder.begin("t", "running", `job ${n}`);
      pass(1);
      recorder.end(span);
      recorder.level("depth", n % 7);
    }
    expect(toSvg(readRun(recorder)).length).toBeLessThan(150_000);
  });

  it("does not let one failure vanish among many short runs", () => {
    const { recorder, pass } = stopped();
    for (let n = 0; n < 5_000; n += 1) {
      const span = recorder.begin("t", "running", `job ${n}`);
      pass(1);
      recorder.end(span, n === 2_500 ? "failed" : "ok");
    }
    expect(toSvg(readRun(recorder)).match(/class="run dense failed"/g)).toHaveLength(1);
  });

  it("folds a hundred lanes, and shows the one too many", () => {
    const { recorder, pass } = stopped({ limits: { t: 100 } });
    for (let n = 1; n <= 101; n += 1) recorder.begin("t", "running", `job ${n}`);
    pass(10);
    const svg = toSvg(readRun(recorder));
    expect(svg).toContain("and 61 more lanes");
    expect(svg).toContain(">t 101</text>");
  });

  it("draws many lanes lower, so that the picture is seen as a whole", () => {
    const { recorder } = stopped();
    const heights: number[] = [];
    for (let n = 1; n <= 90; n += 1) {
      recorder.begin(`service ${n % 3}`, "running", `call ${n}`);
      heights.push(heightOf(toSvg(readRun(recorder))));
    }
    expect(Math.max(...heights)).toBeLessThan(1_000);
    const svg = toSvg(readRun(recorder));
    expect(svg.match(/class="label"[^>]*>service 1<\/text>/g)).toHaveLength(1);
    expect(svg).toContain(">max 30</text>");
  });

  it("names rows above them where the screen is narrow, and cuts no name", () => {
    const { recorder, pass } = stopped({ limits: { "a track with a rather long name": 2 } });
    for (const task of ["a", "b"]) recorder.begin("a track with a rather long name", "running", task);
    recorder.level("how many of them wait to be read", 3);
    pass(10);
    const svg = toSvg(readRun(recorder), { width: 360 });
    for (const name of ["a track with a rather long name", "how many of them wait to be read"]) {
      expect(svg).toMatch(new RegExp(`<text class="label halo"[^>]*>${name}</text>`));
    }
    for (const lane of [1, 2]) expect(svg).toMatch(new RegExp(`<text class="label"[^>]*>${lane}</text>`));
    expect(complaintAbout(svg)).toBeUndefined();
  });

  it("shows a stretch of a run that goes on", () => {
    const { recorder, pass } = stopped();
    recorder.end(recorder.begin("t", "running", "long over"));
    pass(5_000);
    recorder.begin("t", "running", "now");
    pass(1_000);
    recorder.level("depth", 1);
    const svg = toSvg(readRun(recorder), { window: [4_000, 7_000], bare: true });
    expect(svg).not.toContain('data-task="long over"');
    expect(svg).toMatch(/<rect class="run ok"[^>]*\/><text class="in"[^>]*>now</);
  });

  it("draws a run that goes on, at each moment, as if it had never been drawn before", () => {
    const { recorder, pass } = stopped({ limits: { t: 2 } });
    const open: number[] = [];
    const events: RunEvent[] = [];
    const expectAsNew = (events: readonly RunEvent[], moment: number) => {
      const { title, clock, limits, flow, rows } = recorder;
      const recording = { title, clock, limits, flow, rows, events, isCut: true };
      for (const width of [960, 700]) {
        const options = { width, window: [0, 500 * (1 + Math.floor(moment / 20))], bare: true } as const;
        expect(toSvg(readRun(recording), options)).toBe(toSvg(readRun(structuredClone(recording)), options));
      }
    };
    for (let n = 0; n < 40; n += 1) {
      open.push(recorder.begin("t", n % 9 === 8 ? "blocked" : "running", `job ${n}`));
      pass(25);
      if (n % 3 > 0) recorder.end(open.shift() ?? -1, n % 5 === 0 ? "failed" : "ok");
      if (n % 7 === 0) recorder.end(open.pop() ?? -1, "dropped");
      events.push(...recorder.drain());
      expectAsNew(events, n);
    }
    expectAsNew(events.slice(0, events.length / 2), 39); // Back to when some had not ended yet.
  });

  it("gives it in pieces, of which most stay what they are while the run goes on", () => {
    const { recorder, pass } = stopped();
    const piecesAfter = (jobs: number) => {
      for (let n = 0; n < jobs; n += 1) {
        const span = recorder.begin("t", "running", `job ${n}`);
        pass(10);
        recorder.end(span);
      }
      const svg = drawSvg(readRun(recorder), { window: [0, 2_000], bare: true });
      expect(svg.tag).toBe("svg");
      return textsOf(svg);
    };
    const before = new Set(piecesAfter(100));
    const now = piecesAfter(5);
    expect(now.filter((text) => text.includes("<rect") && !before.has(text))).toHaveLength(5);
  });

  it("writes the names above the rows over the lines that go through them", () => {
    const { recorder, pass } = stopped();
    recorder.begin("a track", "running", "a");
    pass(10);
    recorder.mark("stop", "stop");
    const svg = toSvg(readRun(recorder), { width: 360 });
    expect(svg.indexOf(">a track</text>")).toBeGreaterThan(svg.indexOf('<path class="moment'));
  });

  it.each([
    { side: "left", at: 10, anchor: undefined },
    { side: "right", at: 990, anchor: "end" },
  ])(
    "names moments on the $side as far as there is room, draws all, and counts the rest",
    ({ at, anchor }) => {
      const { recorder, pass } = stopped();
      pass(at);
      for (let n = 0; n < 20; n += 1) recorder.mark(`gap of ${n}`, "bad");
      const svg = toSvg(readRun(recorder), { window: [0, 1_000] });
      expect(svg.match(/class="moment bad"/g)).toHaveLength(20);
      expect(svg.match(/>gap of \d+</g)).toHaveLength(8);
      const note = /<text class="note"([^>]*)>and 12 more<\/text>/.exec(svg)?.[1];
      expect(/text-anchor="(\w+)"/.exec(note ?? expect.fail("there is no note"))?.[1]).toBe(anchor);
    },
  );

  it("draws how a run ended, in its bar and in the legend, whatever signs a font has", () => {
    const { recorder, pass } = stopped();
    const spans = ["failed", "cancelled", "dropped"].map((outcome) => ({
      outcome: outcome as Outcome,
      span: recorder.begin(outcome, "running", outcome),
    }));
    pass(100);
    for (const { span, outcome } of spans) recorder.end(span, outcome);
    const svg = toSvg(readRun(recorder));
    expect(svg.match(/<path class="sign"/g)).toHaveLength(2 * spans.length);
    expect(svg).not.toMatch(/[✗⊘×]/);
  });

  it("puts two runs one above the other, on one scale", () => {
    const svg = toSvg([crawl("attempt"), crawl("reference")].map(readRun));
    expect(complaintAbout(svg)).toBeUndefined();
    const [first, second] = ["attempt", "reference"].map((title) => svg.indexOf(`>${title}</text>`));
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first ?? 0);
  });

  it("hatches what is blocked and veils what is left out", () => {
    const { recorder, pass } = stopped({ maxEvents: 10 });
    const blocked = recorder.begin("source", "blocked", "a");
    for (let n = 0; n < 30; n += 1) {
      pass(10);
      recorder.end(recorder.begin("t", "running", `${n}`));
    }
    recorder.end(blocked);
    const svg = toSvg(readRun(recorder));
    expect(svg).toMatch(/<rect class="blocked"/);
    expect(svg).toMatch(/<rect class="gap"[^>]*><title>\d+ events left out<\/title>/);
  });
});

/** Each string of a picture by itself. */
const textsOf = (piece: Piece): string[] =>
  typeof piece === "string" ? [piece] : piece.pieces.flatMap(textsOf);

const heightOf = (svg: string) => Number(/height="(\d+)"/.exec(svg)?.[1]);
