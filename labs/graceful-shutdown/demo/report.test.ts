import { describe, expect, it } from "vitest";
import { countJobs } from "./outcome.ts";
import { asJson, asTable, complaint } from "./report.ts";
import { outcomeOf, runOf } from "./testing.ts";

const lossy = outcomeOf({
  server: "exit",
  requests: { answered: 1_234, cut: 5, reset: 20, refused: 1, endless: 0 },
  jobs: { accepted: 22, done: 6, back: 0, lost: 16, doneTwice: 0 },
});
const once = { twice: false };

describe("asTable", () => {
  it("has a row for each server, and below them what there is to complain of", () => {
    const log = { news: "log", at: 1_100, text: "SIGTERM has arrived" } as const;
    expect(asTable(runOf(lossy, outcomeOf({ news: [log] })))).toBe(`Graceful shutdown: SIGTERM under load

              status   after  answered  cut  reset  refused  jobs lost
process.exit       0  1.50 s     1,234    5     20        1         16
answer             0  1.50 s     1,000    0      0        0          0

cut: taken by the server, and never answered in full. reset: it met the end of
its connection, and has to be sent again. refused: it never got in.

✗ process.exit: 5 requests taken and not answered; 16 jobs accepted and lost;
  22 jobs accepted: 6 done, 16 lost.
✓ answer: nothing is lost, and its status is 0; 10 jobs accepted: 9 done, 1 put
  back; its log: SIGTERM has arrived.
`);
  });

  it("fits into 79 columns, whatever there is to tell", () => {
    const wide = { answered: 1_234_567, cut: 99_999, reset: 99_999, refused: 99_999, endless: 1 };
    const table = asTable({
      ...runOf(
        outcomeOf({ requests: wide, wasKilled: true, isOrphan: true }),
        outcomeOf({ problem: "It did not start." }),
      ),
      untried: ["close"],
    });
    expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(79);
    expect(table).toContain("✗ answer: It did not start.");
    expect(table).toContain("not tried: server.close");
  });
});

describe("complaint", () => {
  it.each([
    [{}, undefined],
    [{ expected: 1 }, "its status had to be 1"],
    [{ wasKilled: true }, "it did not end by itself"],
    [{ wasKilled: true, isOrphan: true }, "it lived on as an orphan"],
    [{ isOrphan: true, exit: undefined }, undefined],
    [{ problem: "TODO" }, "TODO"],
    [
      { jobs: { accepted: 2, done: 3, back: 0, lost: 0, doneTwice: 1 } },
      "1 job done twice, or done and put back",
    ],
  ])("of %o is %o", (more, words) => {
    expect(complaint(outcomeOf(more), once)).toBe(words);
  });

  it("is not made of losses by whoever has asked twice", () => {
    const forced = { ...lossy, exit: { code: 143, signal: null, at: 0 }, expected: 143 };
    expect(complaint(forced, { twice: true })).toBeUndefined();
    expect(complaint(forced, once)).toContain("16 jobs accepted and lost");
  });
});

describe("asTable, of one that was forced", () => {
  it("says what that has cost", () => {
    const jobs = { accepted: 20, done: 6, back: 0, lost: 14, doneTwice: 0 };
    const forced = outcomeOf({ jobs, exit: { code: 143, signal: null, at: 0 }, expected: 143 });
    const { options, ...run } = runOf(forced);
    const words = asTable({ ...run, options: { ...options, twice: true } }).replaceAll(/\n +/g, " ");
    expect(words).toContain("✓ answer: its status is 143");
    expect(words).toContain(
      "what it had in hand is lost, and that is the price; 20 jobs accepted: 6 done, 14 lost",
    );
  });
});

describe("asJson", () => {
  it("tells the same", () => {
    const [told] = JSON.parse(asJson(runOf(lossy))).outcomes;
    expect(told).toMatchObject({ server: "exit", status: 0, signal: null, tookMs: 1_500, problem: null });
    expect(told.complaint).toContain("5 requests taken and not answered");
  });
});

describe("countJobs", () => {
  it("finds those that nobody knows of any more, and those that are done and to be done", () => {
    const record = { done: [1, 2, 2, 9], back: [3, 1] };
    expect(countJobs([1, 2, 3, 4, 5], record)).toEqual({
      accepted: 5,
      done: 3,
      back: 2,
      lost: 2,
      doneTwice: 2,
    });
  });
});
