import type { Program } from "../program.ts";
import { acquire, acquireAndTidy } from "./acquire-by-library.ts";

/** Whoever passes a caller's signal on to a library answers for what the library leaves there. */
export const listenerOfALibrary: Program = {
  mistake: "a library is handed the caller's signal, and leaves a listener on it",
  leaves: [{ kind: "listener", in: "listen" }],
  buggy: () => acquire(new AbortController().signal),
  fixed: () => acquireAndTidy(new AbortController().signal),
};
