import type { Chapter } from "../kind.ts";

export const howMuch: Chapter = {
  title: "How much at once",
  kinds: [
    {
      key: "bound",
      title: "A bound that is not held",
      text: "Something has a limit in its name and none in its code, or one place more than was promised. The limit of what runs is seldom forgotten; the bounds of what waits, of what is ready and not taken, of what was read ahead, are. Ask of each place that can hold something: how many at most, and who waits when it is full?",
      sign: "Memory that follows the load; a peer that answers 429, or EMFILE; all of it only on the busiest day.",
      classics: [{ variant: "worker-pool/unbounded-queue", before: 1 }],
    },
    {
      key: "idle",
      title: "One after the other by accident",
      text: "The limit is held, and never reached. An `await` in the wrong place makes hands rest that have work: in a loop that begins things, in a call that resolves with the result and not with the beginning, at the end of a group whose slowest holds up the next one. A test of a limit must also see that the limit is reached.",
      sign: "All is correct and slow; more workers change nothing; the throughput is one divided by the latency.",
      classics: [{ variant: "http-fanout/one-after-the-other", before: 3, after: 2 }],
    },
    {
      key: "permit",
      title: "A permit that leaks, or comes back too early",
      text: "Whoever takes a permit gives it back once, on every way out, and when the work has ended: not when its answer is late, not when its client has gone. Between the grant and the `try` lies the gap through which most permits leak; a `using` right at the grant closes it. Giving back twice is worse than never: it makes a place of somebody else's.",
      sign: "After a bad hour the limit seems to be one less, then two less, then nothing moves until the restart. Or the limit is exceeded by exactly those who have timed out.",
      classics: [
        { variant: "http-fanout/failure-keeps-its-permit", before: 0, after: 1 },
        { variant: "backpressure/grant-lost-by-an-abort", before: 1, after: 1 },
      ],
    },
    {
      key: "scope",
      title: "The right rule in the wrong place",
      text: "A limit for each request where one for all was meant, one for all where each was to have its own, a state made anew for each job. The code of the rule is right; what is wrong is where its variable is declared.",
      sign: "It holds in every test with one caller, and is off by the number of callers in production.",
      classics: [{ variant: "http-fanout/limit-per-request", before: 0, after: 1 }],
    },
    {
      key: "rate",
      title: "A rate that drifts, or bursts",
      text: "Timers wait whole milliseconds and somewhat longer; an interval that is counted from the last timer adds that up. Windows that begin afresh each second allow twice the rate at their seam. What was missed must not come back all at once, and a quiet hour must not be saved without bound. Compute from one point in time; let the timer only wake you.",
      sign: "A peer that bans you although you count correctly; a job that takes an hour too long each night.",
      classics: [{ variant: "worker-pool/drifts-slow" }],
    },
  ],
};
