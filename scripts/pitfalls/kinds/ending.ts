import type { Chapter } from "../kind.ts";

export const ending: Chapter = {
  title: "Ending a process",
  kinds: [
    {
      key: "shutdown",
      title: "Stopped in the wrong order",
      text: "What was started last uses what was started first, so it stops first: a stack, and not a list, and not all at once. Readiness goes before the port, and the notice lies between the two. Cleaning up runs under a deadline of its own, for the signal of the work has aborted already.",
      sign: "A few failed requests with every deployment; an order that was paid and not stored.",
      classics: [
        { variant: "graceful-shutdown/order-of-registration", before: 1, after: 2 },
        { variant: "graceful-shutdown/stops-together", before: 1, after: 1 },
      ],
    },
    {
      key: "signals",
      title: "Signals and exits",
      text: "There is one road to the exit, and it is taken once: stop, flush, then the status. A second signal is the only short cut. A fault takes the same road and changes the status; it is no signal.",
      sign: "The log ends in the middle of the line that would have told why; status 0 after a forced end; Ctrl-C twice, in vain.",
      classics: [{ variant: "graceful-shutdown/exit-before-flush", before: 2, after: 1 }],
    },
  ],
};
