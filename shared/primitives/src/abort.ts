import { checkFunction, checkSignal, checkSignals } from "./arguments/check.ts";
import { LinkedList } from "./linked-list.ts";

/**
 * The options of everything that waits. The signal is looked at first, even when there would be nothing to wait for:
 * cancelled work must not begin. An abort rejects with the signal's own `reason`.
 */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

/** Work that is told to stop through a signal made for it, as `TaskGroup` and `timeout` run it. */
export type Task<R> = (options: { readonly signal: AbortSignal }) => R | PromiseLike<R>;

/** Tells whether `error` is what the abort of `signal` looks like from within: its reason, or Node's wrapping of it. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  checkSignal("look for an abort", "signal", signal);
  if (!signal.aborted) return false;
  if (error === signal.reason) return true;
  return error instanceof Error && error.name === "AbortError" && error.cause === signal.reason;
}

const crowds = new WeakMap<AbortSignal, LinkedList<() => void>>();

/**
 * Calls `leave` once if `signal` aborts (at once if it has already), until the function that this returns takes it back.
 *
 * - However many wait under one signal, it carries one listener, and none when nobody waits any more.
 *   A listener each would be O(n) to add and to remove: an `EventTarget` compares it with all the others.
 * - They are called in order of arrival, within `controller.abort()`. One that throws does not keep it from the rest.
 * - Without a signal there is nothing to do, and nothing to take back.
 *
 * @returns A function that withdraws `leave`: O(1), harmless when it is too late or called twice.
 * @throws {TypeError} If `signal` is no `AbortSignal`, or `leave` no function.
 *
 * @example
 * ```ts
 * function nextClick(button: EventTarget, { signal }: Cancellable = {}): Promise<Event> {
 *   return new Promise((resolve, reject) => {
 *     const clicked = (event: Event) => {
 *       withdraw();
 *       resolve(event);
 *     };
 *     button.addEventListener("click", clicked, { once: true });
 *     const withdraw = onAbort(signal, () => {
 *       button.removeEventListener("click", clicked);
 *       reject(signal?.reason);
 *     });
 *   });
 * }
 * const controller = new AbortController();
 * const click = nextClick(new EventTarget(), { signal: controller.signal });
 * controller.abort("left the page");
 * await assert.rejects(click, (reason) => reason === "left the page");
 * ```
 */
export function onAbort(signal: AbortSignal | undefined, leave: () => void): () => void {
  checkFunction("wait for an abort", "leave", leave);
  if (signal === undefined) return nothing;
  checkSignal("wait for an abort", "signal", signal);
  if (signal.aborted) {
    leave();
    return nothing;
  }
  const crowd = crowds.get(signal) ?? gather(signal);
  const place = crowd.push(leave);
  return () => {
    if (crowd.remove(place) && crowd.size === 0) disperse(signal);
  };
}

function gather(signal: AbortSignal): LinkedList<() => void> {
  const crowd = new LinkedList<() => void>();
  crowds.set(signal, crowd);
  signal.addEventListener("abort", evacuate, { once: true });
  return crowd;
}

function disperse(signal: AbortSignal): void {
  crowds.delete(signal);
  signal.removeEventListener("abort", evacuate);
}

function evacuate(this: AbortSignal): void {
  const crowd = crowds.get(this);
  crowds.delete(this);
  if (crowd !== undefined) callAll(crowd);
}

/** Shifts instead of iterating, because one call may withdraw others. */
function callAll(crowd: LinkedList<() => void>): void {
  try {
    for (let leave = crowd.shift(); leave !== undefined; leave = crowd.shift()) leave();
  } finally {
    if (crowd.size > 0) callAll(crowd);
  }
}

/**
 * Runs `task` under a signal of its own, which aborts with the first of `signals`, and only while the task runs.
 * It leaves nothing on signals that live long, and costs less than `AbortSignal.any`.
 *
 * @throws What the task throws; if that is the abort, its identical reason, also where Node has wrapped it.
 * @throws {TypeError} If `signals` is no array of signals, or `task` no function.
 */
export async function runUnder<R>(
  signals: readonly (AbortSignal | undefined)[],
  task: Task<R>,
): Promise<Awaited<R>> {
  checkFunction(running, "task", task);
  checkSignals(running, signals);
  const controller = new AbortController();
  const { signal } = controller;
  const withdrawals = signals.map((each) => onAbort(each, () => controller.abort(each?.reason)));
  try {
    signal.throwIfAborted();
    return await task({ signal });
  } catch (error) {
    throw isAbort(error, signal) ? signal.reason : error;
  } finally {
    for (const withdraw of withdrawals) withdraw();
  }
}

const running = "run under signals";

function nothing(): void {}
