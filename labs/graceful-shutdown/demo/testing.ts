import type { Outcome } from "./outcome.ts";
import type { Run } from "./report.ts";

/** What came of a server, made by hand: it has answered 1,000 requests and done nine of ten jobs within 1.5 s. */
export function outcomeOf(more: Partial<Outcome> = {}): Outcome {
  return {
    server: "answer",
    exit: { code: 0, signal: null, at: 2_500 },
    wasKilled: false,
    isOrphan: false,
    askedAt: 1_000,
    endedAt: 2_500,
    requests: { answered: 1_000, cut: 0, reset: 0, refused: 0, endless: 0 },
    jobs: { accepted: 10, done: 9, back: 1, lost: 0, doneTwice: 0 },
    news: [],
    spans: [],
    expected: 0,
    problem: undefined,
    ...more,
  };
}

export function runOf(...outcomes: readonly Outcome[]): Run {
  const options = {
    signal: "SIGTERM",
    twice: false,
    fault: undefined,
    behind: "node",
    graceMs: 6_000,
  } as const;
  return { options, outcomes, untried: [] };
}
