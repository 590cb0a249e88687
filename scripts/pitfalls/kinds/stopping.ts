import type { Chapter } from "../kind.ts";

export const stopping: Chapter = {
  title: "Stopping",
  kinds: [
    {
      key: "deaf",
      title: "The abort is not heard",
      text: "A signal that has aborted already never calls a listener; one that aborts while its listener is not yet there is missed as well; and `aborted` is true before any listener has been called. So look first, then listen, and look again after each wait. Who has left a line must be out of it at that very moment.",
      sign: "Work that begins after everybody has gone; a Ctrl-C that takes effect at the next item.",
      classics: [{ variant: "cancellation/deaf-to-what-was-before", before: 1, after: 1 }],
    },
    {
      key: "untold",
      title: "Abandoned, and not told",
      text: "`Promise.race` ends the waiting, not the work. The caller goes on, and so does the query, for nobody, with its connection. Every way of giving up must reach whoever does the work: a time limit, an abort, another one who was first, the first error of a group.",
      sign: "A service that times out carries more load than one that does not; each retry adds to it.",
      classics: [{ variant: "worker-pool/timeout-abandons", before: 2, after: 2 }],
    },
    {
      key: "too-long",
      title: "Waiting for whoever never answers",
      text: "Who was told to stop need not do so. The waiting must have an end of its own, besides the end of the work. An async generator is a trap of this sort: its `return()` stands in line behind a `next()` that waits.",
      sign: "A shutdown that ends with SIGKILL; a request that outlives its deadline by minutes.",
      classics: [{ variant: "worker-pool/timeout-trusts-the-job", before: 1, after: 2 }],
    },
    {
      key: "too-early",
      title: "Done before it is done",
      text: "The promise resolves when the work was handed over, when the queue is empty, when the first of several has ended; somebody is still writing. Each function that begins something has to say whether it waits for the end. Who leaves a scope waits for all that was started in it, also for what those start meanwhile.",
      sign: 'The last record is missing, though the log says "done"; a test that fails in the one behind it.',
      classics: [{ variant: "pipeline/done-before-it-is-written", before: 1, after: 1 }],
    },
    {
      key: "deadline",
      title: "A deadline counted from the wrong moment",
      text: "A deadline is a point in time, a time limit a length; who keeps the shorter length has not kept the earlier point. It begins when the request comes, not when its work does, and what is below may only make it earlier. Pass points down, and take the smaller of two.",
      sign: "Each layer keeps its limit, and the request takes the sum of them.",
      classics: [{ variant: "cancellation/deadline-longer-than-above", before: 1, after: 1 }],
    },
    {
      key: "too-late",
      title: "What comes too late still counts",
      text: "Once it is decided, it is decided: a second reason, a value that arrives after the time limit, an item that is offered after the end change nothing any more. Decide in one place, synchronously, and let everything later find it settled.",
      sign: "Both an error and a result for one request; a place that is given back by somebody who has lost it long ago.",
      classics: [{ variant: "cancellation/winner-after-the-abort", before: 2, after: 2 }],
    },
  ],
};
