import { expect, it } from "vitest";
import { readRun } from "./read-run.ts";
import type { Span } from "./run.ts";
import { bar } from "./svg-bars.ts";
import { stopped } from "./testing.ts";

const place = { from: 10, to: 90, height: 20, isOdd: false, name: "a" };

function spanOf(): Span {
  const { recorder, pass } = stopped();
  const span = recorder.begin("t", "running", "a");
  pass(80);
  recorder.end(span);
  const [one] = readRun(recorder).spans;
  if (one === undefined) throw new Error("Nothing was recorded");
  return one;
}

it.each([{ from: 11 }, { to: 91 }, { height: 11 }, { isOdd: true }, { name: "b" }])(
  "draws a bar anew that it has drawn before, once it is to have %j",
  (other) => {
    const span = spanOf();
    const before = bar(span, place);
    const now = bar(span, { ...place, ...other });
    expect(now).not.toBe(before);
    expect(now).toBe(bar({ ...span }, { ...place, ...other }));
    expect(bar(span, place)).toBe(before);
  },
);
