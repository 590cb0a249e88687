import { type Cancellable, isAbort, onAbort, type Task } from "./abort.ts";
import { checkAnyMs, checkFunction, checkOptions, signalIn } from "./arguments/check.ts";
import { startTimer } from "./timer.ts";

export interface TimeoutOptions extends Cancellable {
  /** How long the task may take. `Infinity` sets no limit; zero or less has passed already: the task never begins. */
  readonly ms: number;
  /** How long the task may go on once it has been told to stop. `Infinity`, the default: until it ends. */
  readonly graceMs?: number | undefined;
}

/** A task did not end in time. It is the reason of the signal that the task got, too. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
  readonly ms: number;
  /** Whether the task was still running when the caller was told, because it outlasted its grace. */
  readonly abandoned: boolean;

  constructor(ms: number, { abandoned = false }: { readonly abandoned?: boolean | undefined } = {}) {
    super(
      abandoned
        ? `Timed out after ${ms} ms, and left the task running: it went on after its signal had aborted`
        : `Timed out after ${ms} ms`,
    );
    this.ms = ms;
    this.abandoned = abandoned;
  }
}

/**
 * Runs `task` under a deadline: when `ms` have passed, its signal aborts, and once it has ended this rejects.
 * For a wait that takes a signal itself and nothing else, prefer `AbortSignal.timeout(ms)`.
 *
 * - It cancels, it does not abandon: the caller goes on only when the task has stopped, so that a retry never meets the
 *   first try still at work. A task that ignores its signal therefore holds up its caller, unless `graceMs` is given;
 *   then the error says that the task was `abandoned`.
 * - Too late is too late: what a task returns after its deadline is dropped. What it throws then is the error's `cause`.
 * - Neither timer nor listener is left, whichever way it ends.
 *
 * @returns What the task returned in time.
 * @throws {TimeoutError} If it did not end in time.
 * @throws The signal's `reason` if that aborts first; again, once the task has ended, or its grace.
 * @throws What the task throws in time.
 * @throws {RangeError} If `ms` or `graceMs` is not a number.
 * @throws {TypeError} If `task` is no function.
 *
 * @example
 * ```ts
 * const stuck = timeout(({ signal }) => sleep(60_000, { signal }), { ms: 5 });
 * await assert.rejects(stuck, { name: "TimeoutError", ms: 5, abandoned: false });
 * ```
 */
export async function timeout<R>(task: Task<R>, options: TimeoutOptions): Promise<Awaited<R>> {
  checkFunction(running, "task", task);
  checkOptions(running, options);
  const { ms, graceMs = Infinity } = options;
  checkAnyMs(running, "ms", ms);
  checkAnyMs(running, "graceMs", graceMs);
  const signal = signalIn(running, options);
  signal?.throwIfAborted();
  if (ms <= 0) throw new TimeoutError(ms);

  const controller = new AbortController();
  const told = controller.signal;
  const ended = Promise.withResolvers<Awaited<R>>();
  let timedOut: TimeoutError | undefined;
  let stopGrace = () => {};

  const tellToStop = (reason: unknown) => {
    withdraw();
    stopDeadline();
    stopGrace = startTimer(graceMs, () => ended.reject(abandoned));
    controller.abort(reason);
  };
  const stopDeadline = startTimer(ms, () => {
    timedOut = new TimeoutError(ms);
    tellToStop(timedOut);
  });
  const withdraw = onAbort(signal, () => tellToStop(signal?.reason));

  try {
    begin(task, told).then(ended.resolve, ended.reject);
    const value = await ended.promise;
    told.throwIfAborted();
    return value;
  } catch (error) {
    if (!told.aborted) throw error;
    if (timedOut === undefined) throw told.reason;
    if (error === abandoned) throw new TimeoutError(ms, { abandoned: true });
    if (!isAbort(error, told)) timedOut.cause = error;
    throw timedOut;
  } finally {
    withdraw();
    stopDeadline();
    stopGrace();
  }
}

const running = "run under a timeout";
const abandoned = Symbol("abandoned");

/** Async, so that what a task throws before its first `await` is a rejection like any other. */
async function begin<R>(task: Task<R>, signal: AbortSignal): Promise<Awaited<R>> {
  return await task({ signal });
}
