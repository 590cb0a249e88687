import type { Program } from "../program.ts";
import { acquire, acquireAndTidy } from "./acquire.ts";

/** The part of the caller, written in another file than what is called. The signal is his own and dies with him. */
export const listenerOnCallersSignal: Program = {
  mistake: "a listener is left on the signal that the caller handed in",
  leaves: [{ kind: "listener", in: "acquire" }],
  buggy: () => acquire(new AbortController().signal),
  fixed: () => acquireAndTidy(new AbortController().signal),
};
