import type { LeakKind } from "../../src/leaks.ts";

/** A small program that leaves something behind, and its twin that does not. */
export interface Program {
  /** The mistake in words. */
  readonly mistake: string;
  /** What is found, and in which function of the program. */
  readonly leaves: readonly { readonly kind: LeakKind; readonly in: string }[];
  buggy(): unknown;
  fixed(): unknown;
  /** What must be the same after as before. */
  readonly gauges?: Readonly<Record<string, () => number>>;
  /** Ends what the buggy one has left, so that the next test finds nothing of it. */
  cleanUp?(): unknown;
}
