import type { Chapter } from "../kind.ts";

export const leavingNothing: Chapter = {
  title: "Leaving nothing behind",
  kinds: [
    {
      key: "left-behind",
      title: "A listener, a timer, a parked task stays",
      text: "Each wait has two ends, and the one that did not come has to be taken back: the listener when the work is done, the timer when the abort was first, on the failing path as well. `{ once: true }` removes a listener that was called, not one that was never needed. Write the function that takes back beside the one that puts up.",
      sign: "`MaxListenersExceededWarning`; a process that ends thirty seconds after its work; memory that grows with the number of requests.",
      classics: [
        { variant: "cancellation/listener-left-when-work-fails", before: 2, after: 2 },
        { variant: "worker-pool/limit-timer-stays", before: 1, after: 1 },
      ],
    },
    {
      key: "left-open",
      title: "What was opened is not closed",
      text: "`break`, an error and an abort are three ways out of a loop, and each has to close the sources, once: those that have neither ended nor thrown. After a failed start, what was started is open. Only `finally`, `using` and an iterator's `return` stand on all ways.",
      sign: "Sockets in CLOSE_WAIT, file handles that the garbage collector warns of, generators whose `finally` never ran.",
      classics: [{ variant: "cancellation/or-done-left-open", before: 2, after: 2 }],
    },
    {
      key: "growth",
      title: "Memory, or work, that only grows",
      text: "A map by key needs somebody who deletes: by tenant, by topic, by host, by client. What has ended must be out of the list, not marked in it. Whatever passes through leaves nothing, and a step costs what it touches, not what was ever there.",
      sign: "A straight line in the memory graph, steeper with the number of customers; each day a little slower.",
      classics: [{ variant: "backpressure/keeps-every-key", before: 3, after: 2 }],
    },
  ],
};
