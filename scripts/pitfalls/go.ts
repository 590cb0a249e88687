/** What texts about Go warn of, and what becomes of it here. */
export interface GoPitfall {
  readonly name: string;
  readonly inGo: string;
  readonly here: string;
  /** The kinds of mistakes that it belongs to. */
  readonly kinds: readonly string[];
}

export const goPitfalls: readonly GoPitfall[] = [
  {
    name: "goroutine leaks",
    inGo: "a goroutine that is parked on a channel for ever",
    here: "an async function that is parked at an `await`: as invisible, and as easily forgotten. `noLeaks` and `explore` of the [test kit](../shared/testkit/README.md) find both it and its listeners and timers",
    kinds: ["left-behind"],
  },
  {
    name: "race conditions",
    inGo: "two goroutines at one variable without a lock",
    here: "between two `await`s there is none. Across an `await` there are all of them, and the race detector that finds them is `explore`; threads on shared memory have the same races as in Go, and `exploreThreads`",
    kinds: ["gap", "shared"],
  },
  {
    name: "data races on shared slices",
    inGo: "workers append to one slice",
    here: "`push` is safe. One object that all overwrite is not, nor is one iterator that all ask at once",
    kinds: ["shared"],
  },
  {
    name: "deadlocks",
    inGo: "a send without a receiver, locks in different orders",
    here: 'the same, without the message "all goroutines are asleep": Node ends, or idles, without a word. The test kit says who waits for what',
    kinds: ["wake-up", "permit"],
  },
  {
    name: "the receiver closes the channel",
    inGo: "the sender panics",
    here: "a sender gets a `ChannelClosedError`. Who closes is still a question of design: whoever knows that nothing more will come",
    kinds: ["too-late"],
  },
  {
    name: "closing a closed channel",
    inGo: "panics",
    here: "twice is harmless, by a rule of all [primitives](../shared/primitives/README.md#rules-that-all-share)",
    kinds: ["too-late"],
  },
  {
    name: "nil channels",
    inGo: "block for ever, which `select` makes use of",
    here: "the types refuse them. In `select` a case that is `undefined` is left out, so the use remains. Their cousin is a promise that nobody resolves",
    kinds: ["wake-up"],
  },
  {
    name: "loop variable capture",
    inGo: "before Go 1.22 all closures saw the last value",
    here: "`let` and `const` are new in each turn; only `var` is not. What remains is a variable that changes while somebody awaits",
    kinds: ["shared"],
  },
  {
    name: "forgetting to wait, ignoring the WaitGroup",
    inGo: "`main` returns, and the goroutines are gone",
    here: "a promise without `await`: the function returns, and what it began goes on, or is cut off by the exit",
    kinds: ["too-early", "unhandled"],
  },
  {
    name: "not using the context",
    inGo: "no deadline, no cancellation",
    here: "the same without `{ signal }`. A signal must be passed on, looked at, and let go of",
    kinds: ["deaf", "untold", "deadline"],
  },
  {
    name: "spawning 50,000 goroutines at once",
    inGo: "2 KiB each, and a file handle each",
    here: "`Promise.all` over the list: every call has begun before the first has ended",
    kinds: ["bound"],
  },
  {
    name: "closing the result channel too early",
    inGo: "the last workers panic",
    here: "the stream ends with the first worker that finds nothing more to do, instead of with the last",
    kinds: ["too-early"],
  },
];
