import type { Chapter } from "../kind.ts";

export const whoIsNext: Chapter = {
  title: "Who is next",
  kinds: [
    {
      key: "wake-up",
      title: "A lost wake-up",
      text: "Somebody waits for a change, the change comes, and nobody tells. Either the line is forgotten (at the end, above all), or the bell is rung between the look and the wait, and then reset. Reset before you look, never after; hand a thing over rather than announce that it is there.",
      sign: 'A process without load, without error and without progress. It goes away when a new request comes, so it is called "a hiccup".',
      classics: [{ variant: "job-queue/rung-while-looking" }],
    },
    {
      key: "fairness",
      title: "Overtaken, or starved",
      text: "What becomes free is put back, and a newcomer takes it before the one who waits has woken. Or a large request stands in the line with all its parts, and a small one behind it waits for twenty. First come, first served is a property of the hand-over; and what stands in the line decides who shares with whom.",
      sign: "The mean is good, the 99th percentile is terrible, and always for the same customers.",
      classics: [{ variant: "http-fanout/call-by-call", before: 0, after: 1 }],
    },
    {
      key: "order",
      title: "Out of order",
      text: "What is done at the same time ends in any order. Whoever collects results as they come has lost which is whose; whoever keeps the order where none was asked for lets one slow item hold up all behind it. Decide which of the two was promised, and say so in the type: a list by position, or a stream of results that carry their names.",
      sign: "One customer sees the data of another, once in ten thousand, when the first call is the slow one.",
      classics: [{ variant: "http-fanout/in-order-of-coming", before: 1, after: 1 }],
    },
    {
      key: "gap",
      title: "Check, await, act",
      text: "Between two `await`s nobody else runs; across one, anybody may. What was looked at before it may no longer be so after it: the place is taken, the signal has aborted, the job belongs to another worker. Look and take in one synchronous step; where an `await` lies between, look again. Across processes the step is a compare-and-swap, and its answer must be read.",
      sign: "Two hold what one may hold. It needs two events within a microtask or a millisecond, so it never happens while you watch.",
      classics: [
        { variant: "backpressure/place-announced", before: 1, after: 1 },
        { variant: "job-queue/seen-is-taken", before: 1, after: 1 },
      ],
    },
  ],
};
