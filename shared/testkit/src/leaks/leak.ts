export type LeakKind =
  /** An async function that waits at an `await`, although all is over. Somebody could still wake it. */
  | "parked"
  /** The same, but nothing is left that could wake it: its `finally` blocks will never run. */
  | "abandoned"
  /** An async generator that was begun and then neither finished nor returned: its `finally` blocks have not run. */
  | "generator"
  /** Reactions (`then`, `Promise.race`) that pile up on a promise which lives on. */
  | "continuation"
  | "timer"
  /** What the operating system lends: a socket, server, process, thread, port, watcher, open file, response body. */
  | "handle"
  | "listener"
  /** A number that did not come back to what it was. */
  | "gauge";

/** Something that was begun and is still alive. Plain data: it crosses from the test's process as it is. */
export interface Leak {
  readonly kind: LeakKind;
  /** In words: "a timer of 5000 ms is still running". */
  readonly what: string;
  /** Where it was made, or is parked: "worker (solution/index.ts:31:7)"; "" where there is no such place. */
  readonly where: string;
  /** Where the function that is parked was called. */
  readonly started?: string;
  /** The callers, innermost first; the first is `where`. */
  readonly stack: readonly string[];
}

/** Thrown when the body of `noLeaks` has ended and something that it began has not. */
export class LeakError extends Error {
  override readonly name = "LeakError";
  readonly leaks: readonly Leak[];

  constructor(leaks: readonly Leak[]) {
    const things = leaks.length === 1 ? "1 thing" : `${leaks.length} things`;
    super(
      `All is over, and ${things} that it began ${leaks.length === 1 ? "is" : "are"} still alive:\n\n${list(leaks)}\n`,
    );
    this.leaks = leaks;
  }
}

const list = (leaks: readonly Leak[]) => leaks.map((leak, i) => describe(leak, i + 1)).join("\n\n");

function describe({ kind, what, where, started, stack }: Leak, number: number): string {
  const lines = [`${number}. ${what}`];
  if (where !== "") lines.push(`     ${VERBS[kind]} ${where}`);
  for (const caller of stack.slice(1, 5)) lines.push(`       from ${caller}`);
  if (started !== undefined) lines.push(`     started at ${started}`);
  return lines.map((line) => `  ${line}`).join("\n");
}

const VERBS: Record<LeakKind, string> = {
  parked: "parked at",
  abandoned: "parked at",
  generator: "begun at",
  continuation: "made at",
  timer: "set at",
  handle: "made at",
  listener: "added at",
  gauge: "",
};
