import type { Worker } from "node:worker_threads";

/**
 * What an answer to this lab exports. Types only: nothing here runs.
 *
 * The number beside a member is the step in which you build it. Before that step no test touches it: leave it
 * throwing. The core opens no file by itself, `open` comes in as a function: so the tests need no disk, and decide when
 * each piece of a file arrives.
 *
 * Streams of results and of merged values have one consumer, who calls `next` again only when the last one has settled;
 * `for await` does just that. `return` may come while a `next` waits: that is how `merge` closes a source (steps 2, 4).
 * It resolves when everything is closed, whatever began the closing. Before the first `next` there is nothing to close.
 *
 * Of an error and an abort the first decides how a stream ends; leaving it afterwards may swallow either. Which of two was
 * first, if they are only microtasks apart, is left open. But once a signal has aborted no file is opened and no task
 * begins, not one microtask later. No test throws `undefined`.
 */
export interface Lab {
  /**
   * Hashes every file once and gives the results one by one, in order of completion: the first that is ready comes first.
   * Ends when `paths` has ended and every result has been taken. Nothing is read or opened before the first result is
   * asked for. If it ends before `paths` has, `paths` is closed as `merge` closes a source (4).
   *
   * @throws RangeError At the call itself, for an option out of its range.
   */
  hashFiles(
    paths: Iterable<string> | AsyncIterable<string>,
    options: HashOptions,
  ): AsyncIterableIterator<Hashed>; // 1, errors: 3, signal and leaving: 4

  /**
   * Joins async iterables into one that gives their values as they come, and ends when all have ended. Nothing is read
   * before the first value is asked for. Of each source at most one value is read that has not been taken yet, and while
   * the consumer waits all sources are asked. (Whether they are while it is busy is left open.)
   *
   * To close a source is to call its iterator's `return`, if it has one, once; it is closed when that has settled, even if
   * a `next` of it still waits. A source that has ended or has thrown is not closed, whether or not its end was told. (One
   * of which nothing was read yet may be.)
   */
  merge<T>(sources: readonly AsyncIterable<T>[], options?: MergeOptions): AsyncIterableIterator<T>; // 2

  /** An error group, as Go's errgroup: tasks that succeed or fail together. */
  createGroup(options?: GroupOptions): Group; // 3

  /**
   * Begins all tasks and resolves to the value of the first that succeeds. The signal of the others is aborted then (that
   * of the winner may be), and it waits until they have ended. If no task succeeds, or there is none, it rejects with an
   * AggregateError, whose `errors` are in the order of `tasks`.
   *
   * @param options.signal Aborts the signal of every task. It then rejects with the signal's `reason`, once all tasks
   *   have ended, unless one had succeeded before, or all had failed. If it has aborted beforehand, no task begins.
   */
  firstOf?<T>(
    tasks: readonly ((signal: AbortSignal) => Promise<T>)[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<T>; // challenge first-of

  /**
   * The same as `hashFiles` over real files and `worker_threads`, for work that computes: settled results, in any order.
   * Threads are started when the first result is asked for or later, and none is alive when the loop has ended, however
   * it ended. (So it waits for one that is stuck in a read: it ends when that has come back.)
   *
   * - Paths travel to a thread in batches, of which one may wait there for its turn. A thread does one batch at a time, its
   *   files one after the other, in order. (Whether a batch that is not full waits for slow paths is left open, and whether
   *   results come file by file or all at the batch's end.)
   * - A thread that dies is replaced while there is work, and what it was doing is done again by another: each file has one
   *   result. A batch of which a second thread dies is given up: its files are results with a ThreadDiedError. A batch
   *   that was only waiting in a thread that died is none that it died of.
   * - The `error` of a file that cannot be read is an Error with message and `code` of the original ("ENOENT").
   *
   * @throws RangeError At the call itself, for an option out of its range.
   */
  hashOnThreads?(
    paths: Iterable<string> | AsyncIterable<string>,
    options: ThreadOptions,
  ): AsyncIterableIterator<Hashed>; // challenge threads

  /** The challenges that you took up; each has tests of its own. Leave it out, or empty, until then. */
  readonly attempted?: readonly Challenge[] | undefined;
}

export interface HashOptions {
  /** How many files may be open at once. A whole number from 1. */
  readonly concurrency: number; // 1
  readonly open: OpenFile; // 1
  /**
   * What a file that cannot be read does. "settle": its error is its result, and the others go on. "fail-fast": the
   * first error stops everything. Default "settle". Before step 3 no file fails.
   */
  readonly onError?: "settle" | "fail-fast" | undefined; // 3
  /** Stops everything at once. Looked at first: with an aborted signal nothing is read or opened. */
  readonly signal?: AbortSignal | undefined; // 4
  /** Results come in the order of their paths. Default false. */
  readonly ordered?: boolean | undefined; // challenge ordered
  /**
   * With `ordered`: how many files may have been opened whose results have not been taken. A whole number from
   * `concurrency`, which is the default. Without `ordered` it has no effect, whatever it is.
   */
  readonly window?: number | undefined; // challenge ordered
}

/**
 * Opens a file for reading. It counts as open from this call until its iterable has ended, has thrown, or was closed:
 * by its iterator's `return`, which leaving a `for await` calls.
 *
 * - The iterable is to be iterated once, at once.
 * - A chunk is valid until the next one is asked for: the same memory may be filled again.
 * - It may throw, instead of returning an iterable: that file cannot be read.
 *
 * @param options.signal Aborts when this file is not needed any more (3, 4); a good file then throws, whatever it likes.
 *   Before step 3 any signal will do.
 */
export type OpenFile = (path: string, options: { readonly signal: AbortSignal }) => AsyncIterable<Uint8Array>;

/** What became of a file: an object of its own for each. */
export type Hashed =
  | { readonly path: string; readonly sha256: string } // 64 lower-case hexadecimal digits
  | { readonly path: string; readonly error: unknown }; // the very error that was thrown; from step 3

export interface MergeOptions {
  /**
   * Ends the merging at once: `next` rejects with its `reason`, even if every source is stuck, and every source is
   * closed without waiting for it. Looked at first: with an aborted signal nothing is read. (What it does when the sources
   * are being closed already, because of an error or because the loop was left, is left open.)
   */
  readonly signal?: AbortSignal | undefined; // 4
}

export interface GroupOptions {
  /** How many tasks may run at once. A whole number from 1. Default: any number. */
  readonly limit?: number | undefined; // 3
  /** Aborts the group's signal with the same reason. */
  readonly signal?: AbortSignal | undefined; // 3
}

export interface Group extends AsyncDisposable {
  /** Aborts with the first error of a task, the very same object, or with the reason of the signal that the group was given. */
  readonly signal: AbortSignal; // 3

  /**
   * Begins a task as soon as there is a place for it under the limit; first come, first served. Resolves when it has
   * begun (within `go` or a moment later is left open), without waiting for its end. To be awaited; what happens to the
   * rejection of one that is not, is left open.
   *
   * @throws The reason of the group's signal if that is aborted, or aborts while this waits: the task never begins.
   */
  go(task: (signal: AbortSignal) => Promise<void>): Promise<void>; // 3

  /**
   * Waits until no task runs and no `go` waits. Afterwards the group can be used again, if its signal has not aborted.
   *
   * @throws The reason of the group's signal, if that is aborted by then: so the first error, or the reason of the
   *   signal that the group was given. What tasks throw later is dropped.
   */
  wait(): Promise<void>; // 3

  /**
   * What leaving the scope of `await using` does: it waits, as `wait` does, and throws what `wait` would, unless `wait` has.
   * (If the scope is left with an error, too, the language joins the two to a SuppressedError.)
   */
  [Symbol.asyncDispose](): Promise<void>; // 3
}

export interface ThreadOptions {
  /** How many threads are alive at once, at most. A whole number from 1. */
  readonly threads: number;
  /** How many files travel in one message. A whole number from 1. */
  readonly batch: number;
  /**
   * Counters in shared memory: [0] files and [1] bytes, hashed so far. Each thread adds to them by itself, with Atomics,
   * as soon as a file is hashed and before it opens the next. A file that is hashed again counts again; one that cannot
   * be read does not count.
   */
  readonly progress?: BigInt64Array<SharedArrayBuffer> | undefined;
  /** Ends every thread. The loop throws its `reason` when all have ended. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each thread as soon as it is made. It is there for whoever watches, or kills: the tests do. */
  readonly onThread?: ((thread: Worker) => void) | undefined;
}

/*
 * Bounds:
 *
 *   hashFiles      open files ≤ concurrency; paths read ≤ results taken + concurrency + 1
 *   … ordered      files opened ≤ results taken + window; paths read ≤ results taken + window + 1
 *   merge          values read from a source ≤ values of it that were taken + 1
 *   group          running tasks ≤ limit
 *   hashOnThreads  threads alive ≤ threads; paths read ≤ results taken + (2 × threads + 1) × batch
 *
 * Open files, running tasks and threads are counted at every moment. A path or value is read when the source's `next` has
 * answered, a result is taken when the `next` that gave it has resolved; these are compared when all has come to rest, so a
 * microtask more or less does not matter.
 *
 * Errors, known by their `name`:
 *
 *   RangeError       for an option out of its range; the message names option and value
 *   AggregateError   from firstOf, when no task succeeded (challenge first-of)
 *   ThreadDiedError  the `error` of a file of whose batch two threads died (challenge threads)
 */

export type Challenge = "first-of" | "ordered" | "threads";
