import { describe, expect, it } from "vitest";
import type { HubFigures, StreamFigures } from "./hub.ts";
import type { Group, LoadFigures } from "./messages.ts";
import { asJson, asText, holds, type Run } from "./report.ts";
import { liveView, plainLine } from "./view.ts";

const group = (listeners: number, more: Partial<Group> = {}): Group => ({
  ...{ listeners, complete: listeners, received: 0, missed: 0, gone: 0, twice: 0, connections: listeners },
  ...more,
});

const stream = (name: string | undefined, more: Partial<StreamFigures> = {}): StreamFigures => ({
  ...{ name, patterns: [">"], written: 500, behind: 0, missed: 0 },
  ...more,
});

const load: LoadFigures = {
  fast: group(2, { received: 1_000 }),
  slow: group(1, { received: 430, missed: 70 }),
  ...{ posted: 500, failed: 0, seconds: 2.5 },
};

const streams = [
  stream("fast-1"),
  stream("fast-2"),
  stream("slow-1", { written: 400, behind: 99, missed: 70 }),
  stream(undefined),
];

const hub: HubFigures = {
  published: 1_234,
  delivered: 2_500,
  dropped: 70,
  missed: 70,
  written: 1_900,
  streams,
};

function runOf(more: Partial<Run> = {}): Run {
  const options = {
    load: { fast: 2, slow: 1, rate: 200, payloadBytes: 4_000 },
    whenFull: "drop-oldest",
    bufferLimit: 100,
  } as const;
  return { options, hub, load, grownBytes: 3_210_000, last: 9_999, ...more };
}

const url = new URL("http://127.0.0.1:8080/");

describe("the summary", () => {
  it("tells what was published, and what became of it", () => {
    expect(asText(runOf())).toBe(`published 1,234, 200 a second by the load; the last event is 9,999
delivered 2,500, dropped 70 = Σ missed 70 ✓
memory grew by 3.2 MB

LISTENERS    GOT  MISSED  GONE  TWICE  KNOW OF ALL
fast    2  1,000       0     0      0  2 of 2 ✓
slow    1    430      70     0      0  1 of 1 ✓
`);
    expect(asText(runOf({ load: undefined }))).not.toContain("LISTENERS");
  });

  it.each([
    ["a drop that is not counted", { hub: { ...hub, missed: 69 } }, "Σ missed 69 ✗"],
    ["a listener that was not told", { load: { ...load, fast: group(2, { complete: 1 }) } }, "1 of 2 ✗"],
    ["a message that came twice", { load: { ...load, slow: group(1, { twice: 1 }) } }, "1 of 1 ✗"],
  ] as const)("does not hold with %s, and shows it", (_, more, words) => {
    expect([holds(runOf()), holds(runOf(more))]).toEqual([true, false]);
    expect(asText(runOf(more))).toContain(words);
  });

  it("fits into 49 columns: lines are folded, and of the table what tells least is left out", () => {
    const fast = group(100, { received: 12_345, missed: 1_234 });
    const lines = asText(runOf({ load: { ...load, fast } }), 49).split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(49);
    expect(lines).toContain("LISTENERS     GOT  MISSED  GONE  KNOW OF ALL");
    const vast = group(1_000, { received: 123_456_789, missed: 12_345_678 });
    expect(asText(runOf({ load: { ...load, fast: vast } }), 49)).toContain(
      "LISTENERS       MISSED  KNOW OF ALL\n",
    );
  });

  it("is JSON for programs", () => {
    const { streams: _, ...rest } = hub;
    expect(JSON.parse(asJson(runOf()))).toMatchObject({ holds: true, hub: rest, load, last: 9_999 });
  });
});

describe("the live view", () => {
  it("has a line for each kind of listener, and says what the sleepers are up to", () => {
    const text = plain(liveView(runOf(), url)).split("\n");
    expect(text).toEqual([
      "Event hub  http://127.0.0.1:8080/  ·  memory +3.2 MB",
      "published 1,234 (200/s)  ·  dropped 70 = Σ missed 70 ✓",
      "          streams    missed     behind      sent",
      "fast            2         0          0     1,000",
      "slow            1        70         99       400",
      "others          1         0          0       500",
      "",
      "The sleepers miss messages, and nobody else does. They are told when they wake.",
    ]);
  });

  it.each([
    [{ behind: 3 }, "The sleepers' sockets are full; 100 messages may wait for each."],
    [{}, "The sleepers read nothing; the system's buffers of their sockets fill up."],
  ])("tells how far the sleepers are: %o", (more, words) => {
    const view = liveView(runOf({ hub: { ...hub, streams: [stream("slow-1", more)] } }), url);
    expect(plain(view)).toContain(words);
  });

  it("fits into 79 columns, and is one line in a log", () => {
    const lines = plain(liveView(runOf(), url)).split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(79);
    expect(plainLine(runOf())).toBe(
      "published 1,234 (200/s), 4 streams, dropped 70 = missed 70, memory +3.2 MB",
    );
  });
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what it looks for.
const plain = (text: string) => text.replaceAll(/\x1b\[\d+m/g, "");
