import type { Chapter } from "../kind.ts";

export const language: Chapter = {
  title: "The language underneath",
  kinds: [
    {
      key: "shared",
      title: "One object for two",
      text: "One thread does not mean that nothing is shared. A result that is overwritten, a snapshot that is the live record, a payload that the handler may change before it is stored: each is one object in two hands. Hand out copies, or what cannot change. (Where the very object was promised a copy is a mistake, too.)",
      sign: "A value that is right in the debugger and wrong a moment later.",
      classics: [{ variant: "worker-pool/live-snapshot", before: 2, after: 1 }],
    },
    {
      key: "reentrancy",
      title: "Somebody else's code in the middle",
      text: "A callback, an abort listener, `random`, a subscriber: each may call you again before your own line has ended, end what you are walking through, or throw. First move everything, then count it, and call others last.",
      sign: "One is skipped when another leaves; a bound that is exceeded only from within a callback.",
      classics: [{ variant: "backpressure/told-before-it-is-so", before: 1, after: 1 }],
    },
    {
      key: "misread",
      title: "A value that is misread",
      text: "`undefined` is a value, not the end; a chunk is not a line, and its last byte may be half a character; a token may hold what means something in a regular expression; whoever is slow is not dead. Ask `done`, sizes and clocks, not values.",
      sign: "It works until somebody sends an é, an empty string, or nothing for a minute.",
      classics: [{ variant: "cancellation/or-done-skips-undefined", before: 1, after: 1 }],
    },
    {
      key: "unchecked",
      title: "Options taken as they come",
      text: "A limit of 0 makes a pool that accepts everything and does nothing; a delay of NaN is none; a timer of more than 2,147,483,647 ms fires at once. Refuse it at the call, with a RangeError that names option and value, before anything has begun.",
      sign: "It is found at night, far from the line that is wrong.",
      classics: [{ variant: "worker-pool/deadline-unchecked", before: 2, after: 1 }],
    },
    {
      key: "blocking",
      title: "The event loop is never given up",
      text: "Microtasks run before all else: `await null` gives way to nobody. A long computation has to end its turn now and then, by `setImmediate`, and to look at its signal when it has it again; or it belongs into a thread.",
      sign: "All timers are late together; the health check fails while the CPU is busy; no signal is heard.",
      classics: [{ variant: "cancellation/microtask-is-no-turn", before: 0, after: 0 }],
    },
  ],
};
