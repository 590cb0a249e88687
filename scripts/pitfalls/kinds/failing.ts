import type { Chapter } from "../kind.ts";

export const failing: Chapter = {
  title: "Failing",
  kinds: [
    {
      key: "contagion",
      title: "One failure takes the others along",
      text: "A rejection ends the loop of a worker, a bad line the pipeline, a hook that throws the whole shutdown. What belongs together may fail together, as in an error group; what merely runs side by side must not. The `catch` stands around each item, not around the loop.",
      sign: "One worker fewer with every error; all services gone because one is.",
      classics: [{ variant: "graceful-shutdown/first-failure-ends-it", before: 1, after: 1 }],
    },
    {
      key: "swallowed",
      title: "An error that nobody hears of",
      text: "A stream that breaks off looks like one that has ended; an abort looks like a short list; an empty answer looks like success. An end and an error are two things at every hand-over, and whoever cannot deal with an error passes it on.",
      sign: "Nothing in the log, and half of the data.",
      classics: [{ variant: "pipeline/error-looks-like-the-end", before: 2, after: 2 }],
    },
    {
      key: "wrong-error",
      title: "The wrong error",
      text: "The caller decides by the error: try again, tell the client, end the process. So an abort rejects with the identical reason of its signal, a failure with the very error, and of several the first one, for the others are mostly its echoes. Wrap only where you add something, and keep the `cause`.",
      sign: "A client that left is counted as an outage; a shutdown is retried.",
      classics: [{ variant: "worker-pool/reason-replaced", before: 2, after: 2 }],
    },
    {
      key: "unhandled",
      title: "A rejection without an owner",
      text: "A promise that rejects while nobody has a handler on it ends the process. It happens where a result may be ignored, where a loser fails after the race, and where a function that should reject throws at once, before anybody has its promise. A `.catch(() => {})` beside the promise that you hand out makes it harmless; whoever awaits it gets the rejection all the same.",
      sign: "The process is gone, with one line in the log that names no request.",
      classics: [
        { variant: "worker-pool/unhandled-rejection", before: 1, after: 1 },
        { variant: "graceful-shutdown/sync-throw-escapes", file: "turn.ts", before: 1, after: 3 },
      ],
    },
    {
      key: "retry",
      title: "Retries that make it worse",
      text: "A retry holds no worker, forgets no attempt, is kept in the store and not in a closure, and comes with jitter, or all come back at the same moment. What will never succeed is not tried again; what kills its process has a budget of its own; and all retries together have one, or an outage doubles its own load.",
      sign: "The dependency recovers, and falls at once under those who have waited for it.",
      classics: [{ variant: "worker-pool/permanent-retried", before: 2, after: 1 }],
    },
    {
      key: "resilience",
      title: "Breakers, hedges and limits that misjudge",
      text: "A breaker counts: what? A call whose client has gone says nothing about the service; one that was late does. Half open means one, not all. A limit that follows the latency must come down, and up again, and wait in between until it sees what it did.",
      sign: "The service is well again, and nobody asks it; or it is down, and the remedy is what keeps it there.",
      classics: [{ variant: "worker-pool/half-open-floods", before: 1, after: 1 }],
    },
    {
      key: "cache",
      title: "Shared calls and caches",
      text: "What is shared must not depend on whoever came first: neither on its signal nor on its deadline, nor on its bad luck. A kept promise is a kept error. And when a value is due, one refreshes it, not all who happen to come.",
      sign: "One client closes its browser, and forty get an AbortError; one error is served for an hour.",
      classics: [{ variant: "http-fanout/cached-error", before: 1, after: 2 }],
    },
  ],
};
