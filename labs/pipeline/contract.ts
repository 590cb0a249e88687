/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it; leave it throwing until then. The tests run in simulated
 * time; every clock and timer of Node follows it.
 *
 * Rules for everything that reads an `input` (each stage, `connect`, `tee`):
 *
 * - Nothing is read before the first value is asked for, and then one value at a time. Values come in the order of the
 *   input, unless it says otherwise; then its end, or the very error that it threw.
 * - It ends early when its reader leaves (`break`, `return()`), its signal aborts, or a work fails. Then it reads and
 *   begins nothing more, drops what it holds, and tells its input to close. It waits for its own works under way, and for
 *   nothing else: an input may be silent, or stuck. What that throws because it is told to close is dropped.
 * - After an abort its reader gets the signal's own `reason`, after a failure the very error. With a signal that has
 *   aborted before, nothing is read.
 * - When it is over, whichever way, no listener is left on the signal.
 *
 * To tell an input, or a source, to close is to call `return()` of its iterator, if it was opened and has not ended by
 * itself. To tell a work, `enrich` or an output is to abort the signal that it was given.
 *
 * Left open, and no test looks at it: whether a stage that was left waits for its input to close after all, and throws
 * what that throws; a `return()` before the first `next()`, or while one is pending; a further `next()` after an abort or
 * an error; which of two things wins that come together; an abort when the input has ended already; how often it is told.
 *
 * Counts are whole numbers. One out of its range is a RangeError, at the call, that names option and value. (Given.)
 */
export interface Lab {
  /**
   * Cuts bytes into lines. A line ends with LF or CRLF. It may be empty, and a CR that no LF follows is text. (Left open:
   * bytes that are no UTF-8, a byte order mark.)
   */
  lines(options: LinesOptions): Stage<Uint8Array, Line>; // 1

  /** What `work` returns goes on, unless it is `undefined`: a quick, synchronous stage, or a filter. */
  each<I, O>(work: (item: I) => O | undefined): Stage<I, O>; // 1, given: it reads with your `untilAbort`

  /** Joins a stage to the next one: reads `input` ahead of its reader. */
  connect<T>(input: AsyncIterable<T>, options: ConnectOptions): AsyncIterable<T>; // 2

  /**
   * Does `work` for every item. A worker whose result nobody has taken does not begin anew. (Left open: whether an error
   * of the input waits until all results have been taken.)
   */
  parallel<I, O>(work: Work<I, O>, options: ParallelOptions): Stage<I, O>; // 3

  /** Two readers of one input. It has no signal: an abort reaches it through its input. */
  tee<T>(input: AsyncIterable<T>, options: TeeOptions): readonly [AsyncIterable<T>, AsyncIterable<T>]; // 4

  /**
   * Reads the sources, line by line → `parse` → `keep` → `enrich`, by workers → JSON → every output. Begins by itself
   * (left open: whether within the call).
   *
   * At most `(sources + outputs + 4) × (buffer + 2) + workers` entries are inside: one stage for each source, each output,
   * and each of the four in between. (You need not join every stage to the next.)
   */
  runPipeline(options: PipelineOptions): Pipeline; // 4

  batches?<T>(options: BatchesOptions): Stage<T, readonly T[]>; // challenge batches
  windows?(options: WindowsOptions): Stage<Entry, Window>; // challenge windows
  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

export type Stage<I, O> = (
  input: AsyncIterable<I>,
  options: { readonly signal: AbortSignal },
) => AsyncIterable<O>;

export interface LinesOptions {
  /**
   * The longest line that is let through, in bytes, its LF not counted. (Left open: whether the CR is.) From 1. Of an
   * unfinished line no more is held, in at most 32 bytes of memory for each, however small the chunks were.
   */
  readonly maxBytes: number;
  /**
   * Is told once of a line that is too long, when the chunk has been read that makes it so, even if the line never ends.
   * (Left open: before or after the lines of the same chunk.) It does not throw.
   */
  readonly onTooLong?: ((line: Line) => void) | undefined;
}

export interface Line {
  /** From 1. Lines that are too long have one, too. */
  readonly number: number;
  /** Of a line that is too long, its first `maxBytes` bytes; a character cut in two may be left out. */
  readonly text: string;
}

export interface ConnectOptions {
  /** How many values may lie between the two stages. From 0. */
  readonly buffer: number;
  readonly signal: AbortSignal;
}

/** Works may share their signal. */
export type Work<I, O> = (item: I, options: { readonly signal: AbortSignal }) => O | PromiseLike<O>;

export interface ParallelOptions extends Ordered {
  /** From 1. */
  readonly workers: number;
}

export interface TeeOptions {
  /** How many values may lie ready for each side. From 0. */
  readonly buffer: number;
}

export type Level = "DEBUG" | "INFO" | "WARN" | "ERROR";

export interface Entry {
  readonly timestamp: string;
  readonly level: Level;
  readonly source: string;
  readonly message: string;
}

/** Where lines go to: a file, a socket. Never called with two lines at once. */
export type Output = (line: string, options: { readonly signal: AbortSignal }) => Promise<void>;

export interface PipelineOptions extends PipelineChallenges {
  readonly sources: readonly AsyncIterable<Uint8Array>[]; // 4
  /** At least one. All get the same order; an entry is JSON on one line. */
  readonly outputs: readonly Output[]; // 4
  /** Throws if the text is no entry: then the line is rejected (5). */
  readonly parse: (text: string) => Entry; // 4
  readonly keep: (entry: Entry) => boolean; // 4
  /** Slow: it asks somebody. What it gives can be written as JSON. */
  readonly enrich: (entry: Entry, options: { readonly signal: AbortSignal }) => Promise<Entry>; // 4
  /** From 1. */
  readonly workers: number; // 4
  /** From 0. */
  readonly buffer: number; // 4
  /** From 1. Default 65,536. */
  readonly maxLineBytes?: number | undefined; // 5
  /** Is told of each line that is too long, or that `parse` threw at. */
  readonly onRejected: (rejected: Rejected) => void; // 5
  readonly signal?: AbortSignal | undefined; // 5
}

export interface Rejected {
  /** From 0. */
  readonly source: number;
  readonly line: number;
  readonly text: string;
  /** The message of the error that `parse` threw; or that the line is too long, and for what limit. */
  readonly reason: string;
}

export interface Pipeline {
  /**
   * Settles when no call of `enrich` or of an output is under way any more, and all sources have ended or were told to
   * close.
   *
   * @throws The signal's `reason`, if that stopped it. (Left open: an abort when everything is written already.)
   * @throws PipelineError If a source, `keep`, `enrich`, `onRejected` or an output threw: that stops everything as an
   *   abort does. What goes wrong because of the stopping is not told.
   */
  readonly done: Promise<Counters>; // 4, what it resolves to: 5
  /**
   * Ends the reading, as if each source had ended where it is: what it has handed over (its `next()` has resolved) still
   * becomes lines, an unfinished one at its end included; what it gives, or throws, after that is not heard. Calling it
   * again is harmless, and an abort cuts it short. (Left open: a chunk that is handed over in the same instant.)
   *
   * @returns `done`.
   */
  drain(): Promise<Counters>; // 5
  /** How things stand: a copy. */
  counters(): Counters; // 5, given: the ledger has it
}

/**
 * In the end read = rejected + filtered + written + discarded. (Left open: the instant at which something is counted, and
 * whether a line is at whose `parse`, `keep` or `onRejected` the pipeline was stopped.)
 */
export interface Counters {
  /** Lines that were cut out of the bytes: those handed to `parse`, and those that were too long. */
  readonly read: number;
  /** Lines that `onRejected` was told of. */
  readonly rejected: number;
  /** Entries that `keep` turned down. */
  readonly filtered: number;
  /** Entries that were enriched, whatever became of them. (Left open: if the call ended only after a stop.) */
  readonly enriched: number;
  /** Entries that every output has taken: its promise has resolved, be it only after a stop. */
  readonly written: number;
  /** What was inside when a failure or an abort ended the pipeline. 0 until then. */
  readonly discarded: number;
}

/** The failure of a pipeline, known by its `name`. */
export interface PipelineError extends Error {
  readonly name: "PipelineError";
  readonly stage: "source" | "onRejected" | "keep" | "enrich" | "output";
  /** The very error that was thrown. */
  readonly cause: unknown;
}

// Challenges: not needed for the core

export type Challenge = "ordered" | "batches" | "windows" | "outputs" | "rate";

export interface Ordered {
  /**
   * Results come in the order of their items. A work whose turn has not come keeps its worker. The error of an item comes
   * in its turn, too: after the results of all items before it. (In `runPipeline` an error stops everything at once, as
   * ever.) Default false.
   */
  readonly ordered?: boolean | undefined; // challenge ordered
}

export interface PipelineChallenges {
  /** Entries are written in the order in which they were read. Default false. */
  readonly ordered?: boolean | undefined; // challenge ordered
  /**
   * With it, an output that fails is given up, and the others go on: it is told which, and why. When the last one has
   * failed, it is told, too, and that ends the pipeline as a failure. An entry counts as written when every output has it
   * that has not been given up. It does not throw.
   */
  readonly onOutputFailed?: ((failed: OutputFailed) => void) | undefined; // challenge outputs
  /** So many entries begin their enrichment per second, evenly, one at a time. Above 0. Default: no limit. */
  readonly ratePerSecond?: number | undefined; // challenge rate
}

export interface OutputFailed {
  /** Which of the outputs: 0 for the first. */
  readonly output: number;
  readonly error: unknown;
}

export interface BatchesOptions {
  /** A batch of so many items is full. A whole number from 1. */
  readonly size: number;
  /** An unfinished batch is given so long after its first item was read. From 0 to 2,147,483,647 ms; fractions, too. */
  readonly maxAgeMs: number;
}

export interface WindowsOptions {
  /** How long a window is. A multiple of `everyMs`. */
  readonly sizeMs: number;
  /** So often a window ends. As long as `sizeMs`: they tumble, and an entry is in one. Shorter: they slide. */
  readonly everyMs: number;
}

/** How many entries were read in so much time, in ms from the moment at which the first window was asked for. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly counts: Readonly<Record<Level, number>>;
}
