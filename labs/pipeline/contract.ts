/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it. Before that step no test touches it: leave it
 * throwing. The tests run in simulated time; every clock and timer of Node follows it.
 *
 * Everything that reads an `input` for others (each stage, `connect`, `tee`) keeps to this:
 *
 * - Nothing is read before the first value is asked for; then one value at a time. It is iterated once, with one `next`
 *   at a time.
 * - Values come in the order of the input, unless it says otherwise. The end of the input is its end. What the input
 *   throws it throws, the very error, after the values that came before it.
 * - When it is over, whichever way, it leaves no listener on the signal.
 *
 * It is over early in one of these ways. To "tell" a work, `enrich` or an output is to abort the signal that it was
 * given; to close an input is to call `return()` of its iterator, unless it has ended or thrown by itself.
 *
 *   |                     | its reader leaves   | its signal aborts      | a work fails       | a drain            |
 *   |                     | (`break`,`return()`)|                        | (parallel)         | (runPipeline)      |
 *   |---------------------|---------------------|------------------------|--------------------|--------------------|
 *   | the input, a source | closed, waited for; | told to close,         | the same           | the same           |
 *   |                     | see below           | not waited for         |                    |                    |
 *   | values on their way | dropped             | dropped                | dropped            | all go through     |
 *   | works under way     | told, waited for    | told, waited for       | told, waited for   | go on, waited for  |
 *   | who reads it        | goes on after that  | gets the `reason`:     | gets the very      | gets the end after |
 *   |                     |                     | at once, or when the   | error: likewise    | the last value     |
 *   |                     |                     | works have ended       |                    |                    |
 *
 * - An input that is silent, or stuck, keeps nobody waiting after an abort, a failure or a drain. What it throws because
 *   it is told to close is dropped.
 * - Async generators may well be stages, but mind their `return()`: it waits behind a `next()` that is pending. So while a
 *   value is on its way, an input that is left is told to close, and not waited for.
 * - A signal that has aborted before the first value is asked for: nothing is read, and `next` rejects with the reason.
 * - Between a value's arrival and your reaction to it other things happen: an abort, for one. Look again.
 *
 * Left open, and no test looks at it: what a further `next` gives after an abort or an error (the reason once more, or
 * the end); which one is told of an abort and a failure that come together; what comes of an abort when the input has
 * ended already, and only values in a buffer are left; how often an input is told to close; whether a source that always
 * has a value lets timers and I/O have their turn (the primitive `turn` sees to that).
 */
export interface Lab {
  /**
   * Cuts bytes into lines. A line ends with LF or CRLF, which do not belong to it; the last one may do without. A line
   * may be empty, and a CR that no LF follows is text. A line, a CRLF and a UTF-8 character may be split across chunks in
   * any way. (Left open: how bytes that are no UTF-8, and a byte order mark, are shown.)
   *
   * @throws RangeError From `lines` itself, if `maxBytes` is not a whole number from 1.
   */
  lines(options: LinesOptions): Stage<Uint8Array, Line>; // 1

  /**
   * Joins a stage to the next one, so that both work at the same time: reads `input` ahead of whoever reads what it
   * returns, but never by more than `buffer` + 1 values: those in the buffer, and one that waits in front of it. With a
   * buffer of 0, too, the input makes its next value while the last one is still being used.
   *
   * @throws RangeError If `buffer` is not a whole number from 0.
   */
  connect<T>(input: AsyncIterable<T>, options: ConnectOptions): AsyncIterable<T>; // 2

  /**
   * A stage that does something quick, and synchronous, to every item: what `work` returns goes on; if that is
   * `undefined`, nothing does (so it is a filter as well). What `work` throws it throws, and its input is
   * closed as if its reader had left.
   */
  each<I, O>(work: (item: I) => O | undefined): Stage<I, O>; // 2

  /**
   * A stage that does `work` for every item, `workers` at a time. Each result comes once, and waits for that of no
   * slower item. A worker whose result nobody has taken does not begin anew: at most `workers` items are begun and not
   * taken, and one more is read. So a slow reader slows it down, and all workers are busy while there is a reader.
   *
   * The first work that fails ends it: nothing more is read or begun. However it ends, it waits for the works under way,
   * which were told; and after an abort or a failure for nothing else.
   *
   * @throws RangeError From `parallel` itself, if `workers` is not a whole number from 1.
   */
  parallel<I, O>(work: Work<I, O>, options: ParallelOptions): Stage<I, O>; // 3

  /**
   * Lets two readers read one input, each every value. The faster one may be ahead by `buffer` + 1 values; then it waits
   * for the slower. A side that was left keeps nobody waiting any more; the input is closed when both have been left.
   * It has no signal: an abort reaches it through its input.
   *
   * @throws RangeError If `buffer` is not a whole number from 0.
   */
  tee<T>(input: AsyncIterable<T>, options: TeeOptions): readonly [AsyncIterable<T>, AsyncIterable<T>]; // 4

  /**
   * Reads the sources, all at the same time, line by line → `parse` → `keep` → `enrich`, by workers → JSON → every
   * output. Begins at once, and ends when all sources have ended and everything is written.
   *
   * Stages are: one for each source, parse, keep, enrich, JSON, one for each output. So there are
   * `sources + outputs + 4` of them, and what is inside at any moment is at most
   * `stages × (buffer + 2) + workers` entries. (You need not join every stage to the next one, and may do with less.)
   *
   * @throws RangeError If `workers` or `maxLineBytes` is not a whole number from 1, `buffer` not one from 0, or there
   *   is no output.
   */
  runPipeline(options: PipelineOptions): Pipeline; // 4

  /** Challenge `batches`. */
  batches?<T>(options: BatchesOptions): Stage<T, readonly T[]>;
  /** Challenge `windows`. */
  windows?(options: WindowsOptions): Stage<Entry, Window>;
  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

/** Something that reads a stream and gives another. */
export type Stage<I, O> = (
  input: AsyncIterable<I>,
  options: { readonly signal: AbortSignal },
) => AsyncIterable<O>;

export interface LinesOptions {
  /**
   * The longest line that is let through, in bytes, its LF not counted. (Left open: whether the CR of a CRLF counts.) A
   * whole number from 1.
   */
  readonly maxBytes: number;
  /**
   * Is told of a line that is too long, once, when the chunk has been read that makes it so, even if the line never ends.
   * The rest of it is skipped, and the next line is read as any other. It does not throw. Default: nobody is told.
   */
  readonly onTooLong?: ((line: Line) => void) | undefined;
}

export interface Line {
  /** 1 for the first line of the input. Lines that are too long have a number as well. */
  readonly number: number;
  /** Without its ending. Of a line that is too long, its first `maxBytes` bytes; a character cut in two may be left out. */
  readonly text: string;
}

export interface ConnectOptions {
  /** How many values may lie between the two stages. A whole number from 0. */
  readonly buffer: number;
  readonly signal: AbortSignal;
}

/** What a worker does with one item. Its signal aborts when its result is not wanted any more. */
export type Work<I, O> = (item: I, options: { readonly signal: AbortSignal }) => O | PromiseLike<O>;

export interface ParallelOptions {
  /** How many items are worked on at once. A whole number from 1. */
  readonly workers: number;
  /**
   * Whether results come in the order of their items. A work whose turn has not come keeps its worker. The error of an
   * item comes in its turn, too: after the results of all items before it. (In `runPipeline` an error stops everything at
   * once, as ever.) Default false.
   */
  readonly ordered?: boolean | undefined; // challenge ordered
}

export interface TeeOptions {
  /** How many values may lie ready for each side. A whole number from 0. */
  readonly buffer: number;
}

export type Level = "DEBUG" | "INFO" | "WARN" | "ERROR";

export interface Entry {
  readonly timestamp: string;
  readonly level: Level;
  readonly source: string;
  readonly message: string;
}

/** Where lines go to: a file, a socket, the terminal. Called with one line after the other, never with two at once. */
export type Output = (line: string, options: { readonly signal: AbortSignal }) => Promise<void>;

export interface PipelineOptions {
  /** Where lines come from: sockets, files. Each is closed by its `return()` when the pipeline ends before it does. */
  readonly sources: readonly AsyncIterable<Uint8Array>[]; // 4
  /** Each gets every entry, as JSON on one line, all in the same order. At least one. */
  readonly outputs: readonly Output[]; // 4
  /** Makes an entry of the text of a line. Given. Throws if it cannot: then the line is rejected (5). */
  readonly parse: (text: string) => Entry; // 4
  /** Whether an entry goes on. Given. */
  readonly keep: (entry: Entry) => boolean; // 4
  /** Adds what is known of an entry elsewhere. Given, and slow: it asks somebody. What it gives can be written as JSON. */
  readonly enrich: (entry: Entry, options: { readonly signal: AbortSignal }) => Promise<Entry>; // 4
  /** How many entries are enriched at once. */
  readonly workers: number; // 4
  /** How many entries each buffer may hold. */
  readonly buffer: number; // 4
  /** The longest line, in bytes. Default 65,536. */
  readonly maxLineBytes?: number | undefined; // 5
  /** Is told of each line that is too long, or that `parse` threw at. The pipeline goes on. It may abort `signal`. */
  readonly onRejected: (rejected: Rejected) => void; // 5
  /** Stops everything at once. When it has aborted already, no source is read. */
  readonly signal?: AbortSignal | undefined; // 5

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

export interface Rejected {
  /** Which of the sources: 0 for the first. */
  readonly source: number;
  /** The number of the line within its source: 1 for the first. */
  readonly line: number;
  readonly text: string;
  /** The message of the error that `parse` threw; or that the line is too long, and for what limit. */
  readonly reason: string;
}

export interface Pipeline {
  /**
   * Settles when everything has ended: no call of `enrich` or of an output is under way any more, and every source
   * that has not ended by itself was told to close. Somebody looks at it, or at what `drain` returns.
   *
   * @throws The signal's own `reason`, if that stopped it. (Not if everything was written when it came.)
   * @throws PipelineError If a source, `keep`, `enrich`, `onRejected` or an output threw: that stops everything as an
   *   abort does, without waiting behind what lies in the buffers. What goes wrong because of the stopping is not told.
   */
  readonly done: Promise<Counters>; // 4, what it resolves to: 5
  /**
   * Stops reading, and lets all that was read be written. It is as if each source had ended where it is: the chunks that
   * it has handed over still become lines, the unfinished last one, too. A chunk is handed over when its `next()` has
   * resolved; whether one that resolves in the same instant as the call still counts is left open. What a source gives,
   * or throws, after that is not heard. Calling it again, or after the end, is harmless.
   *
   * @returns `done`.
   */
  drain(): Promise<Counters>; // 5
  /** How things stand at this instant. The object does not change afterwards. */
  counters(): Counters; // 5
}

/**
 * At every instant: inside = read − rejected − filtered − written − discarded, and is from 0 to the bound. In the end
 * nothing is inside. (Left open: whether a line counts yet while `parse`, `keep` or `onRejected` is called for it.)
 */
export interface Counters {
  /** Lines that were cut out of the bytes: those handed to `parse`, and those that were too long. */
  readonly read: number;
  /** Lines that `onRejected` was told of. */
  readonly rejected: number;
  /** Entries that `keep` turned down. */
  readonly filtered: number;
  /** Entries that were enriched, whatever became of them. (Left open: those whose call ended only after a stop.) */
  readonly enriched: number;
  /** Entries that every output has taken: its promise has resolved. If it does so only after a stop, this counts, too. */
  readonly written: number;
  /** What was inside when a failure or an abort ended the pipeline. 0 until `done` settles. */
  readonly discarded: number;
}

/** The failure of a pipeline. It is known by its `name`; `cause` is the very error that was thrown. */
export interface PipelineError extends Error {
  readonly name: "PipelineError";
  readonly stage: "source" | "onRejected" | "keep" | "enrich" | "output";
  readonly cause: unknown;
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

/*
 * Errors, known by their `name`:
 *
 *   PipelineError  from done and drain, when somebody threw
 *   RangeError     for an option out of its range, at once; the message names option and value
 */

export type Challenge = "ordered" | "batches" | "windows" | "outputs" | "rate";
