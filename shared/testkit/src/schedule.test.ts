import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSchedule, deviations, encodeSchedule } from "./schedule.ts";

describe("encodeSchedule", () => {
  it.each([
    { choices: [], squeeze: 0, text: "s0." },
    { choices: [0, 0, 1, 2], squeeze: 0, text: "s0.0012" },
    { choices: [0, 1, 0, 0], squeeze: 3, text: "s3.01" },
    { choices: [10, 35, 36, 1295], squeeze: 12, text: "s12.az_10_zz" },
  ])("$choices with squeeze $squeeze is $text", ({ choices, squeeze, text }) => {
    expect(encodeSchedule({ choices, squeeze })).toBe(text);
  });
});

describe("decodeSchedule", () => {
  it("gives back what was encoded, without the zeros at the end", () => {
    const schedules = fc.record({ choices: fc.array(fc.nat(1295)), squeeze: fc.nat(99) });
    fc.assert(
      fc.property(schedules, ({ choices, squeeze }) => {
        const last = choices.findLastIndex((choice) => choice > 0);
        const decoded = decodeSchedule(encodeSchedule({ choices, squeeze }));
        expect(decoded).toEqual({ choices: choices.slice(0, last + 1), squeeze });
      }),
    );
  });

  it.each(["", "0012", "s0", "s.1", "s0.1A", "s0._1", "s0.1 "])("refuses %j", (text) => {
    expect(() => decodeSchedule(text)).toThrow(RangeError);
  });
});

describe("deviations", () => {
  it("counts the choices that are not the ordinary one", () => {
    expect(deviations({ choices: [0, 2, 0, 1], squeeze: 0 })).toBe(2);
  });
});
