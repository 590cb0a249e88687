/** A broken answer that a lab's tests must catch: the proof that they are worth something. */
export interface Mutant {
  readonly id: string;
  /** The mistake, in words. */
  readonly bug: string;
  /** The test that must fail: a guarantee's number, "1.2", or a part of the test's title. */
  readonly caughtBy: string;
  /** Edits of the reference. `find` must occur exactly once in its file. */
  readonly edits?: readonly Edit[];
  /** Instead of edits: the whole answer stands in wrong/<id>/index.ts. */
  readonly wrong?: true;
}

export interface Edit {
  /** In solution/; "index.ts" unless told. */
  readonly file?: string;
  readonly find: string;
  readonly replace: string;
}

export const defineMutants = (mutants: readonly Mutant[]): readonly Mutant[] => mutants;
