import type { Chapter } from "../kind.ts";

export const losing: Chapter = {
  title: "Losing, and doing twice",
  kinds: [
    {
      key: "lost",
      title: "Work that is lost",
      text: "What was accepted is in exactly one place at each moment, and ending means visiting every place. Those in between are forgotten: what waits for its retry, what was taken and not begun, the last line without an ending, the batch that is not full. Write the list of places down; the code that ends goes through it.",
      sign: "The sums do not come out even after a deployment, by about as many as were under way.",
      classics: [{ variant: "worker-pool/retry-lost-at-close", before: 1, after: 2 }],
    },
    {
      key: "twice",
      title: "Done twice",
      text: "At least once is what one can promise; once is what the receiver makes of it, by an id that stays the same over all attempts. So the id belongs to the work and not to the attempt, it outlives the end of the work, and whoever gives work back has to be certain that nobody is still at it.",
      sign: "Two mails, two charges, two rows; above all after a slow night.",
      classics: [{ variant: "job-queue/known-by-its-lease", before: 1, after: 1 }],
    },
    {
      key: "lease",
      title: "A lease without a fence",
      text: "A lease says until when; it does not stop whoever has slept through its end. So each write names the version that its writer has seen, and the store refuses what is stale. Count a lease from what is stored, never from when the answer came; renew it while the work runs; when it is over, stop, without asking anybody. An answer that was lost is neither a yes nor a no.",
      sign: "A machine pauses for forty seconds, and two have done the same job.",
      classics: [
        { variant: "job-queue/lease-from-the-answer", before: 2, after: 1 },
        { variant: "job-queue/late-end-forced", before: 2, after: 1 },
      ],
    },
    {
      key: "counts",
      title: "Counts that do not add up, losses that nobody is told of",
      text: "Count in the line in which it happens, in the same synchronous step as the move, never after an `await`. Derive what can be derived: the size of a queue needs no counter beside it. What is dropped is told where the reader needs it: in the stream, at the gap.",
      sign: '"In flight: -3"; a dashboard on which in and out differ, and nobody knows since when.',
      classics: [{ variant: "worker-pool/settled-before-counted", before: 2, after: 1 }],
    },
  ],
};
