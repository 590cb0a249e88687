import { describe, expect, it } from "vitest";
import { POLICIES, type ServicePolicy } from "../given/policies.ts";
import { asJson, asTable, type Run } from "./report.ts";
import { figuresOf, levelOf, noCounts, runOf } from "./testing.ts";

/** As wide as an ordinary terminal. */
const table = (run: Run) => asTable(run, 79);

describe("asTable", () => {
  it("tells how each policy held, and what became of every event", () => {
    expect(table(runOf(figuresOf("drop-oldest")))).toBe(`\
100 events a second can be written, 20 may be buffered. From half of that to
ten times as much was offered, 1.00 s each. What is written after more than 500
ms is not good any more.

POLICY       SENT/S  GOOD/S  P99 0.5×  P99 10×  DEEPEST  WHO PAYS
drop-oldest   1,000     100     51 ms    60 ms       20  the oldest is lost

offered = delivered + dropped + refused + cancelled + buffered + waiting
drop-oldest   1,850 = 450 delivered + 1,400 dropped ✓
`);
  });

  it("does not believe a buffer whose own counts differ from what was seen", () => {
    const text = table(
      runOf(figuresOf("refuse", { ownCounts: { ...noCounts, offered: 1_850, delivered: 1_850 } })),
    );
    expect(text).toContain("1,400 dropped ✗");
    expect(text.replaceAll("\n", " ")).toContain(
      "refuse: the buffer's own counts differ: delivered 1850, where 450 were seen; dropped 0, where 1400 were seen.",
    );
  });

  it("says so when a buffer does not count yet, or holds more than it may", () => {
    const levels = [levelOf(10, { samples: [{ buffered: 21, waiting: 0 }] })];
    const text = table(runOf(figuresOf("block", { levels, ownCounts: undefined }))).replaceAll("\n", " ");
    expect(text).toContain("the buffer does not count yet");
    expect(text).toContain("21 were buffered, and 20 may be");
  });

  it("tells of those who waited, were turned away, or came too late", () => {
    const { producers } = levelOf(10);
    const levels = [
      levelOf(10, {
        producers: producers && { ...producers, heldBack: 500, shed: 800, highSent: 100, highShed: 10 },
      }),
    ];
    const counts = { ...noCounts, offered: 190, delivered: 150, buffered: 40 };
    const text = table(runOf(figuresOf("shed", { levels, counts, ownCounts: counts, late: 5 })));
    expect(text.replaceAll("\n", " ")).toContain(
      "shed: 500 more were not sent, for their producers had to wait; of 1,000 sent 800 were turned away unread: 88 % of normal and 10 % of high priority; 10 sent and not read when the producers hung up; 5 written too late; the backlog is 400 ms of work.",
    );
  });

  it("blames no policy under which nobody waits for producers that were held back", () => {
    const { producers } = levelOf(10);
    const levels = [levelOf(10, { producers: producers && { ...producers, heldBack: 585 } })];
    const said = (policy: ServicePolicy) => table(runOf(figuresOf(policy, { levels }))).replaceAll("\n", " ");
    for (const policy of ["naive", "drop-newest", "drop-oldest", "refuse"] as const) {
      expect(said(policy)).toContain(
        `${policy}: 585 more were not sent, for all producers still waited for answers of this busy machine`,
      );
    }
    expect(said("block")).toContain("585 more were not sent, for their producers had to wait");
  });

  it("makes a row of a policy that is not written yet, and names those that nobody got round to", () => {
    const problem = "This buffer is not ready for the demo: TODO 2.2.";
    const run = { ...runOf(figuresOf("drop-newest", { levels: [], problem })), untried: ["shed"] as const };
    expect(table(run)).toMatch(
      /\n\ndrop-newest: This buffer is not ready for the demo: TODO 2\.2\.\n\nNot tried: shed\.\n$/,
    );
  });

  it("leaves out columns where there is no room, and cuts nothing off", () => {
    const lines = asTable(runOf(figuresOf("drop-oldest"), figuresOf("naive")), 49).split("\n");
    expect(lines).toContain("POLICY       GOOD/S  P99 0.5×  P99 10×  DEEPEST");
    expect(lines).toContain("drop-oldest     100     51 ms    60 ms       20");
    expect(lines.join(" ").replaceAll(/ +/g, " ")).toContain("1,850 = 450 delivered + 1,400 dropped ✓");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(49);
  });

  it("is never wider than a terminal", () => {
    const text = table(
      runOf(figuresOf("drop-newest", { late: 123_456 }), ...POLICIES.map((policy) => figuresOf(policy))),
    );
    expect(text).toContain("WHO PAYS"); // There is room for everything.
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(79);
  });
});

describe("asJson", () => {
  it("says the same to programs, and all of it", () => {
    const json = JSON.parse(asJson(runOf(figuresOf("refuse"))));
    expect(json).toMatchObject({ capacity: 100, limit: 20, secondsPerLoad: 1, untried: [] });
    expect(json.policies).toMatchObject([
      { policy: "refuse", problem: null, addsUp: true, sent: 1_850, shed: 0 },
    ]);
    expect(json.policies[0].levels).toHaveLength(5);
    expect(json.policies[0].levels[4]).toMatchObject({
      load: 10,
      p99Ms: 60,
      deepest: 20,
      producers: { sent: 1_000 },
    });
  });
});
