import { describe, expect, it } from "vitest";
import { Meter } from "../demo/meter.ts";
import { asText, faultsOf, printable, type Standing } from "./report.ts";

/** Ten lines were read: one was rejected, two were filtered, seven were written. */
function standing(changes: Partial<Standing> = {}): Standing {
  const meter = Object.assign(new Meter(), {
    ...{
      parsed: 10,
      unreadable: 1,
      filtered: 2,
      begun: 7,
      enriched: 7,
      writing: 7,
      written: 7,
      insideMost: 5,
    },
  });
  return {
    intake: {
      ...{ accepted: 2, open: 0, waiting: 0, turnedAway: 0, ended: 1, broken: 1, left: 0, cutShort: [] },
      ...{ bytes: 1_000_000, lines: 10, held: 0, heldBack: 0 },
    },
    meter,
    counters: { read: 10, rejected: 1, filtered: 2, enriched: 7, written: 7, discarded: 0 },
    rejects: { count: 1, latest: [{ origin: "here, line 3", reason: "is empty", text: "" }] },
    stall: undefined,
    insideLimit: 40,
    memoryPeak: 100e6,
    ms: 1_500,
    isWhole: true,
    problem: undefined,
    ...changes,
  };
}

const counters = (changes: object) => ({
  counters: { read: 10, rejected: 1, filtered: 2, enriched: 7, written: 7, discarded: 0, ...changes },
});

describe("asText", () => {
  it("says what has become of every line", () => {
    expect(asText(standing())).toBe(`10 lines read = 7 written + 2 filtered + 1 rejected
7 enriched · inside at most 5 of 40 · 1.50 s
2 connections: 1 ended, 1 broke · 1 MB received
memory: at most 100 MB

The latest rejected lines:
  here, line 3: is empty
`);
  });

  it("says what is still inside, what was discarded, and why", () => {
    const text = asText(
      standing({ ...counters({ written: 3, discarded: 2 }), isWhole: false, problem: "Alas" }),
    );
    expect(text).toContain("3 written + 2 filtered + 1 rejected + 2 discarded + 2 still inside\n");
    expect(text).toContain("✗ Alas\n");
  });

  it("says how a rest went", () => {
    const stall = { afterLines: 5, seconds: 2, bytes: 64e3, memoryBefore: 90e6, memoryPeak: 91e6 };
    expect(asText(standing({ stall: { ...stall, isOver: true } }))).toContain(
      "the output rested for 2.00 s after 5 lines\n  meanwhile 0.1 MB came in, memory went from 90 MB to 91 MB\n",
    );
    expect(asText(standing({ stall: { ...stall, isOver: false } }))).toContain(
      "5 lines, and had not ended\n",
    );
  });

  it("names lines that it has closed before their end", () => {
    const cutShort = Array.from({ length: 12 }, (_, n) => `h:${n}, line 7`);
    const text = asText(standing({ intake: { ...standing().intake, left: 12, cutShort } }));
    expect(text).toContain("12 closed by us, 12 within a line");
    expect(text).toMatch(/^Closed before their end.*:\n {2}h:0, line 7\n(.*\n){9} {2}and 2 more\n/m);
  });

  it("is no wider than the terminal: only what was in a rejected line is cut", () => {
    const latest = [
      { origin: "here, line 3", reason: "is longer than it may be", text: "endless".repeat(9) },
    ];
    expect(asText(standing({ rejects: { count: 1, latest } }), 30)).toBe(`10 lines read = 7 written + 2
    filtered + 1 rejected
7 enriched · inside at most 5
    of 40 · 1.50 s
2 connections: 1 ended, 1
    broke · 1 MB received
memory: at most 100 MB

The latest rejected lines:
  here, line 3: is longer than
    it may be
    endlessendlessendlessendl…
`);
  });
});

describe("faultsOf", () => {
  it("finds nothing wrong with counters that are right", () => {
    expect(faultsOf(standing())).toEqual([]);
  });

  it.each([
    [counters({ rejected: 0 }), "rejected: the counters say 0, the demo saw 1"],
    [counters({ filtered: 3 }), "filtered: the counters say 3, the demo saw 2"],
    [counters({ enriched: 8 }), "enriched: the counters say 8, the demo saw 7"],
    [counters({ written: 6 }), "written: the counters say 6, the demo saw 7"],
    [counters({ read: 9 }), "read: the counters say 9, the demo saw 10"],
    [counters({ discarded: 1 }), "the counters do not add up: 10 read, 11 accounted for"],
    [{ counters: undefined }, "the answer has no counters yet: these are the demo's own"],
    [{ insideLimit: 4 }, "5 entries were inside at once; the contract allows 4"],
  ])("finds what is wrong: %j", (changes, fault) => {
    expect(faultsOf(standing(changes))).toContain(fault);
  });

  it("does not blame a run that was broken off for what was on its way", () => {
    expect(faultsOf(standing({ ...counters({ read: 9, written: 6 }), isWhole: false }))).toEqual([]);
  });
});

describe("printable", () => {
  it("leaves nothing that would steer a terminal", () => {
    expect(printable("a\x1b[31mb\x07\x00c\u202Ed\r\n")).toBe("abcd");
  });
});
