/** What the threads of the tests of `ThreadPool` run. */
import { setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import type { ThreadTaskContext } from "../thread-pool.ts";

export default function double(n: number): number {
  return n * 2;
}

export async function later(n: number): Promise<number> {
  await null;
  return n + 1;
}

export const thread = () => threadId;

/** Thread by thread: which one, and what it was given. */
export const log: (name: string) => { name: string; thread: number } = (name) => ({ name, thread: threadId });

class QuotaError extends Error {
  override readonly name = "QuotaError";
  readonly limit = 3;
  readonly retry = () => {};
}

export function fail(kind: string): never {
  if (kind === "range") throw new RangeError("out of range");
  // What is thrown need not be an Error.
  if (kind === "value") throw { code: 7 } as unknown as Error;
  throw new QuotaError("too many", { cause: new TypeError("inner") });
}

export const uncloneable = () => () => {};

/** A gate in shared memory: [0] how many have come, [1] whether it is open. */
export type Gate = Int32Array<SharedArrayBuffer>;

function come(gate: Gate): void {
  Atomics.add(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** Stops its thread until the gate is open. */
export function waitAtGate(gate: Gate): number {
  come(gate);
  Atomics.wait(gate, 1, 0);
  return threadId;
}

/** Goes on for ever, unless it sees that it has been aborted. */
export function loopUntilAborted(gate: Gate, context: ThreadTaskContext): string {
  come(gate);
  while (!context.aborted);
  return "seen";
}

/** Awaits for ever, unless its signal aborts; then it leaves word in the gate. */
export async function awaitAbort(gate: Gate, { signal }: ThreadTaskContext): Promise<void> {
  come(gate);
  try {
    await sleep(2 ** 30, undefined, { signal });
  } finally {
    Atomics.store(gate, 1, signal.reason === "gone" ? 2 : 1);
  }
}

export function loopForEver(gate: Gate): void {
  come(gate);
  for (;;);
}

export function exit(code: number): never {
  process.exit(code);
}

/** Throws where nobody can catch it. */
export function throwLater(): Promise<never> {
  setImmediate(() => {
    throw new RangeError("nobody listens");
  });
  return new Promise(() => {});
}

export function exhaustMemory(): void {
  const kept: number[][] = [];
  for (;;) kept.push(new Array(1e5).fill(kept.length));
}

/** Reads and hands back its buffer. */
export function fill(buffer: ArrayBuffer, { transfer }: ThreadTaskContext): ArrayBuffer {
  new Uint8Array(buffer).fill(7);
  transfer(buffer);
  return buffer;
}

/** Counts in shared memory how often it has run. */
export function count(counter: Gate): void {
  Atomics.add(counter, 0, 1);
}
