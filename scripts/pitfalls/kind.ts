/** A sort of mistake. A variant names it by its key, as `kind` in its lab's mutants.ts. */
export interface Kind {
  readonly key: string;
  readonly title: string;
  /** What goes wrong, how it comes about, and how one avoids it. */
  readonly text: string;
  /** How it shows where nobody has tested for it. */
  readonly sign: string;
  /** Variants whose edits are shown, broken and mended. */
  readonly classics: readonly Classic[];
}

export interface Classic {
  /** "worker-pool/unbounded-queue" */
  readonly variant: string;
  /** Which of the edited files is shown, if there are several. */
  readonly file?: string;
  /** How many unchanged lines are shown before and after what was changed; 2 and 1 unless told. */
  readonly before?: number;
  readonly after?: number;
}

export interface Chapter {
  readonly title: string;
  readonly kinds: readonly Kind[];
}
