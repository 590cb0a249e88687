import { Recorder, written } from "@pattern-labs/picture";
import { describe, expect, it } from "vitest";
import { draw } from "./draw.ts";

/** A job ends in failure after 400 ms; the next one is still under way. */
function recorded(limits: Record<string, number> = {}): Recorder {
  let now = 0;
  const recorder = new Recorder({ title: "a run", clock: "simulated", now: () => now, limits });
  const first = recorder.begin("pages", "running", "a");
  now = 400;
  recorder.begin("pages", "running", "b");
  recorder.end(first, "failed");
  return recorder;
}

function pictureAt(now: number, { recorder = recorded(), isDone = false } = {}): string {
  return draw(recorder, { now, lengthMs: 2_000, width: 900, isDone }).map(written).join("");
}

const numbersIn = (picture: string, pattern: RegExp) => pattern.exec(picture)?.slice(1).map(Number) ?? [];

describe("the picture of a run that goes on", () => {
  it("is blank from where the clock stands to its right edge, over all rows", () => {
    const picture = pictureAt(750); // A second is seen of it.
    const [left = 0, right = 0] = numbersIn(picture, /data-left="(\d+)" data-right="(\d+)"/);
    const [x = 0, width = 0, height = 0] = numbersIn(
      picture,
      /<rect class="ahead" x="([\d.]+)" width="([\d.]+)" height="([\d.]+)"\/>/,
    );
    expect((x - left) / (right - left)).toBeCloseTo(0.75);
    expect(x + width).toBeCloseTo(right + 1);
    const [top = 0, bottom = 0] = numbersIn(picture, /<g class="axis"><path d="M[\d.]+ ([\d.]+)V([\d.]+)"/);
    expect(height).toBe(bottom - top - 6);
    expect(picture).toContain(`<path class="now" d="M${x} -6V${height}"/></g>`);
  });

  it("has nothing blank where nothing is to come", () => {
    for (const picture of [pictureAt(750, { isDone: true }), pictureAt(1_000)]) {
      expect(picture).not.toMatch(/class="(ahead|now)"/);
      expect(picture).toContain('class="axis"');
    }
  });

  it("says above it what is wrong", () => {
    const recorder = recorded({ pages: 1 });
    expect(pictureAt(750, { recorder })).toMatch(
      /^<p class="finding">✗ pages: 2 ran at once.*the limit is 1<\/p>.*<svg /,
    );
  });
});
