import { checkOptions, outOfRange, wrongKind } from "./arguments/check.ts";

/**
 * A number that several threads raise and read: progress, bytes, places taken. It lives in a `SharedArrayBuffer`, which
 * is what another thread is sent. Within one thread a variable does.
 *
 * - Each operation is one atomic step: nothing is lost, whoever comes between. None waits.
 * - It counts in 64 bits; a `number` tells it exactly up to `Number.MAX_SAFE_INTEGER`.
 *
 * @example
 * ```ts
 * const hashed = new SharedCounter();
 * const inOtherThread = new SharedCounter(hashed.buffer); // sent there with postMessage or workerData
 * inOtherThread.add(16_384);
 * hashed.add();
 * assert.equal(hashed.value, 16_385);
 * assert.equal(hashed.tryAdd(1, { limit: 16_385 }), false);
 * ```
 */
export class SharedCounter {
  /** Send it to another thread, and make a `SharedCounter` of it there. */
  readonly buffer: SharedArrayBuffer;
  readonly #count: BigInt64Array;

  /**
   * A counter at zero; or, given the `buffer` of another, the same counter.
   *
   * @throws {TypeError} If `buffer` is not shared memory of 8 bytes.
   */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    if (!(buffer instanceof SharedArrayBuffer) || buffer.byteLength !== 8) {
      const rule = "buffer must be that of another, a SharedArrayBuffer of 8 bytes";
      throw wrongKind("create SharedCounter", rule, buffer);
    }
    this.buffer = buffer;
    this.#count = new BigInt64Array(buffer);
  }

  /** What it counts now. Others may raise it before you act on it: to stay below a bound use `tryAdd`. */
  get value(): number {
    return Number(Atomics.load(this.#count, 0));
  }

  /**
   * Adds `count`, which may be negative. O(1).
   *
   * @returns The value after it: of all who add at the same time each gets another.
   * @throws {RangeError} If `count` is not a safe integer.
   */
  add(count = 1): number {
    return Number(Atomics.add(this.#count, 0, exactly("count", count))) + count;
  }

  /**
   * Adds `count` unless that would take the value above `limit`; tells whether it did. Never waits. O(1), but it tries
   * again for each thread that comes between.
   *
   * @throws {RangeError} If `count` or `limit` is not a safe integer.
   */
  tryAdd(count: number, options: { readonly limit: number }): boolean {
    checkOptions(adding, options);
    const added = exactly("count", count);
    const bound = exactly("limit", options.limit);
    for (let seen = Atomics.load(this.#count, 0); seen + added <= bound; ) {
      const found = Atomics.compareExchange(this.#count, 0, seen, seen + added);
      if (found === seen) return true;
      seen = found;
    }
    return false;
  }
}

const adding = "add to SharedCounter";

function exactly(name: string, value: number): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw outOfRange(adding, `${name} must be an integer between -2^53 and 2^53`, value);
}
