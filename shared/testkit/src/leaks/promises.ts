import v8 from "node:v8";
import { currentGuard, type Guard, Spotter } from "./guard.ts";
import { Site } from "./site.ts";

/**
 * A promise that was made inside a guard and has not settled.
 *
 * What V8 tells at its creation is little: the promise that it follows from, and the stack. What it *is* is read off
 * the stack, and only once something looks left behind, because reading a stack is slow (see `awaits.ts`).
 */
export class PromiseRecord {
  readonly guard: Guard;
  readonly site: Site;
  /** The promise that this one waits for; "older" if that was made outside of any guard. */
  parent: PromiseRecord | "older" | undefined;
  /** Which stretch of code without a pause made it. */
  readonly stretch: number;
  readonly serial: number;
  readonly tag: unknown;
  /** For an `await` after the first in its function: that first one, which knows who called the function. */
  firstAwait: PromiseRecord | undefined;
  settled = false;
  #reference: WeakRef<object> | undefined;

  constructor(made: {
    guard: Guard;
    site: Site;
    parent: PromiseRecord | "older" | undefined;
    stretch: number;
    serial: number;
  }) {
    this.guard = made.guard;
    this.site = made.site;
    this.parent = made.parent;
    this.stretch = made.stretch;
    this.serial = made.serial;
    this.tag = made.guard.tag?.();
  }

  /** From now on it may be collected. */
  weaken(promise: object): void {
    this.#reference = new WeakRef(promise);
    this.site.release();
    this.firstAwait?.site.release();
  }

  /** Whether anybody still holds it. */
  get isReachable(): boolean {
    return this.#reference === undefined || this.#reference.deref() !== undefined;
  }
}

// Strong while the body runs, as a WeakRef for each promise would double the cost of watching it.
const pending = new Map<object, PromiseRecord>();
const weakened = new WeakMap<object, PromiseRecord>();
/** What has been weakened and has not settled: an outer guard may still ask for it. */
const released = new Set<PromiseRecord>();
const recordOf = (promise: object) => pending.get(promise) ?? weakened.get(promise);

let serial = 0;
let stretch = 0;
/** The record of the promise whose reaction runs now; for an `await`, its function goes on from there. */
let resuming: PromiseRecord | undefined;
/** The latest promise of this stretch, if nothing has settled since. */
let latest: PromiseRecord | undefined;

export const promiseSpotter = new Spotter(() => {
  const stop = v8.promiseHooks.createHook({ init, before, after, settled });
  return () => {
    (stop as () => void)();
    pending.clear();
    released.clear();
    resuming = undefined;
    latest = undefined;
  };
});

function init(promise: object, parent: object | undefined): void {
  const guard = currentGuard();
  if (guard === undefined) return;
  serial += 1;
  const record = new PromiseRecord({
    guard,
    site: new Site(init),
    parent: parent === undefined ? undefined : (recordOf(parent) ?? "older"),
    stretch,
    serial,
  });
  pending.set(promise, record);
  latest = record;
  guard.stir();
}

function before(promise: object): void {
  stretch += 1;
  resuming = recordOf(promise);
  latest = undefined;
}

/**
 * A function that goes on after an `await` and comes to its next one stops there: that `await` is the last thing which
 * happens in its stretch. So the two belong together, and no stack need be read to know it.
 */
function after(): void {
  if (resuming !== undefined && latest?.parent !== undefined) {
    latest.firstAwait = resuming.firstAwait ?? resuming;
  }
  stretch += 1;
  resuming = undefined;
  latest = undefined;
}

function settled(promise: object): void {
  const record = recordOf(promise);
  // The promise of the reaction itself settles after all that the reaction did: it says nothing about the function.
  if (record === undefined || record !== resuming) latest = undefined;
  if (record === undefined) return;
  record.settled = true;
  record.parent = undefined; // Else a chain of promises would be held in its whole length.
  pending.delete(promise);
  released.delete(record);
  record.guard.stir();
}

/** The promises of `guard` that have not settled, oldest first. */
export function pendingPromises(guard: Guard): PromiseRecord[] {
  return [...released, ...pending.values()].filter((record) => guard.includes(record.guard));
}

/** Lets the promises of `guard` be collected. */
export function releasePromises(guard: Guard): void {
  for (const [promise, record] of pending) {
    if (!guard.includes(record.guard)) continue;
    record.weaken(promise);
    pending.delete(promise);
    weakened.set(promise, record);
    released.add(record);
  }
}
