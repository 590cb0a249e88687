import { describe, expect, it } from "vitest";
import { type Access, HappensBefore } from "./happens-before.ts";

const WORD = { region: 0, offset: 0, size: 4 };
const DATA = { region: 0, offset: 4, size: 4 };

/** A history in a line each: "A plain write data", "B atomic read word". */
function raceIn(...history: readonly string[]): boolean {
  const order = new HappensBefore(3);
  for (const line of history) {
    const [who = "", kind, what, where] = line.split(" ");
    const thread = "ABC".indexOf(who);
    const place = where === "data" ? DATA : where === "half" ? { ...DATA, size: 2 } : WORD;
    const access: Access = {
      ...place,
      thread,
      writes: what !== "read",
      atomic: kind === "atomic",
      site: 0,
      label: line,
    };
    if (kind === "passes") order.passLine(thread, WORD);
    else if (kind === "atomic") order.atomic(access, { reads: what !== "write" });
    else order.plain(access);
  }
  return order.race !== undefined;
}

describe("HappensBefore", () => {
  it.for([
    ["two plain writes", ["A plain write data", "B plain write data"]],
    ["a plain read after a plain write", ["A plain write data", "B plain read data"]],
    ["a plain write after a plain read", ["A plain read data", "B plain write data"]],
    ["an atomic write after a plain one", ["A plain write data", "B atomic write data"]],
    ["atomic accesses of different sizes", ["A atomic write data", "B atomic read half"]],
    [
      "an atomic write, for it does not see the one before",
      ["A plain write data", "A atomic write word", "B atomic write word", "B plain read data"],
    ],
    [
      "an atomic read of a value that somebody else has left",
      [
        "A plain write data",
        "A atomic write word",
        "B atomic write word",
        "C atomic read word",
        "C plain read data",
      ],
    ],
    [
      "a plain write that a later atomic one of its thread hides",
      ["A plain write data", "A atomic write data", "B atomic write data"],
    ],
    [
      "a plain read that a later atomic one of its thread hides",
      ["A plain read data", "A atomic read data", "B atomic write data"],
    ],
    [
      "what comes after the write that was seen",
      ["A atomic write word", "A plain write data", "B atomic read word", "B plain read data"],
    ],
  ] as const)("sees nothing ordered by %s", ([, history]) => {
    expect(raceIn(...history)).toBe(true);
  });

  it.for([
    ["one thread's own order", ["A plain write data", "A plain read data", "A atomic write data"]],
    ["nothing, among atomic accesses", ["A atomic write data", "B atomic write data", "C atomic read data"]],
    ["nothing, among reads", ["A plain read data", "B plain read data", "C atomic read data"]],
    [
      "an atomic read that sees the write",
      ["A plain write data", "A atomic write word", "B atomic read word", "B plain write data"],
    ],
    [
      "an update between write and read",
      [
        "A plain write data",
        "A atomic write word",
        "B atomic update word",
        "C atomic read word",
        "C plain read data",
      ],
    ],
    [
      "a chain through a third thread",
      [
        "A plain write data",
        "A atomic write word",
        "B atomic read word",
        "B atomic write data",
        "C atomic read data",
        "C plain write data",
      ],
    ],
    ["the line of waiters", ["A plain write data", "A passes line", "B passes line", "B plain read data"]],
  ] as const)("sees a history ordered by %s", ([, history]) => {
    expect(raceIn(...history)).toBe(false);
  });
});
