import { outOfRange, wrongKind } from "./arguments/check.ts";
import { checkedHistogramOptions, type HistogramOptions } from "./histogram/options.ts";

export type { HistogramOptions } from "./histogram/options.ts";

/** What a histogram says, as plain data; what is unknown of an empty one is `null`. */
export interface HistogramSummary {
  readonly count: number;
  readonly min: number | null;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

/**
 * Counts values, such as latencies, and tells their percentiles, in memory that does not grow: 16 kB by default.
 * The unit is the caller's; the default range suits milliseconds. For a few thousand values, prefer to keep and sort
 * them, which is exact.
 *
 * - A percentile is off by at most `relativeError` of itself. `count`, `min`, `max` and `mean` are exact.
 * - A value outside the range counts as the bound it went past, for percentiles; `below` and `above` tell how many did.
 *   `min`, `max` and `mean` take it as it is, and no percentile is smaller than `min` or larger than `max`.
 * - It measures what it is given. A load generator that waits for slow answers before it sends the next request asks
 *   too rarely just when it matters ("coordinated omission"): record from when the request should have been sent.
 *
 * `record` is O(1) and allocates nothing. `percentile` and `merge` are O(buckets), about 2,000 by default.
 *
 * Algorithm: buckets that double in width each time the value doubles, and equal ones within, as in Gil Tene's
 * HdrHistogram (https://hdrhistogram.org). The bucket of a number is the top of its bits as a float.
 *
 * @example
 * ```ts
 * const latencies = new Histogram(); // in milliseconds
 * for (let ms = 1; ms <= 1_000; ms += 1) latencies.record(ms);
 *
 * assert.equal(latencies.count, 1_000);
 * assert.equal(latencies.mean, 500.5);
 * assert.ok(Math.abs(latencies.percentile(99) - 990) <= 9.9); // within 1 %
 * assert.equal(latencies.percentile(100), 1_000);
 * ```
 */
export class Histogram {
  readonly lowest: number;
  readonly highest: number;
  readonly relativeError: number;
  readonly #shift: number; // How many of the 20 upper bits of a float's fraction are not looked at.
  readonly #firstBucket: number;
  readonly #counts: Float64Array; // Exact up to 2^53, where 32 bits would overflow within hours.
  #count = 0;
  #sum = 0;
  #min = Number.NaN;
  #max = Number.NaN;
  #below = 0;
  #above = 0;

  /** @throws {RangeError} Unless 0 < lowest < highest < Infinity and 0.000001 ≤ relativeError < 1. */
  constructor(options: HistogramOptions = {}) {
    const { lowest, highest, relativeError } = checkedHistogramOptions(options);
    this.lowest = lowest;
    this.highest = highest;
    this.relativeError = relativeError;
    // With b bits of the fraction a bucket is at most 2^-b of its values wide, and its middle half of that off.
    this.#shift = 20 - Math.max(0, Math.ceil(-Math.log2(2 * relativeError)));
    this.#firstBucket = this.#bucketOf(lowest);
    this.#counts = new Float64Array(this.#bucketOf(highest) - this.#firstBucket + 1);
  }

  /** How many values were recorded. */
  get count(): number {
    return this.#count;
  }

  /** The smallest value; NaN if there is none. */
  get min(): number {
    return this.#min;
  }

  /** The largest value; NaN if there is none. */
  get max(): number {
    return this.#max;
  }

  /** NaN if there is none. */
  get mean(): number {
    return this.#sum / this.#count;
  }

  /** How many values were smaller than `lowest`. */
  get below(): number {
    return this.#below;
  }

  /** How many values were larger than `highest`. */
  get above(): number {
    return this.#above;
  }

  /** @throws {RangeError} If `value` is negative, infinite or no number: that is a mistake in measuring. */
  record(value: number): void {
    if (typeof value !== "number" || !(value >= 0 && value < Infinity))
      throw outOfRange("record in Histogram", "value must be a finite number of at least 0", value);
    if (value < this.lowest) this.#below += 1;
    else if (value > this.highest) this.#above += 1;
    const bucket = this.#bucketOf(Math.min(Math.max(value, this.lowest), this.highest)) - this.#firstBucket;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count += 1;
    this.#sum += value;
    if (!(value >= this.#min)) this.#min = value; // So written, it is true of NaN as well: the first value.
    if (!(value <= this.#max)) this.#max = value;
  }

  /**
   * The smallest value that is not exceeded by `percent` % of all values: the nearest-rank percentile. NaN if there is
   * none.
   *
   * @throws {RangeError} If `percent` is not from 0 to 100.
   */
  percentile(percent: number): number {
    if (typeof percent !== "number" || !(percent >= 0 && percent <= 100))
      throw outOfRange("tell a percentile of Histogram", "percent must be a number from 0 to 100", percent);
    const rank = Math.max(1, Math.ceil((percent * this.#count) / 100));
    if (rank === 1) return this.#min;
    if (rank === this.#count) return this.#max;
    let bucket = 0;
    for (let seen = 0; ; bucket += 1) {
      seen += this.#counts[bucket] as number;
      if (seen >= rank) break;
    }
    return Math.min(Math.max(this.#middleOf(bucket + this.#firstBucket), this.#min), this.#max);
  }

  /**
   * Adds what `other` has recorded, which stays as it is.
   *
   * @throws {RangeError} If it was made with other options.
   * @throws {TypeError} If it is no `Histogram`.
   */
  merge(other: Histogram): void {
    if (!(other instanceof Histogram)) throw wrongKind(merging, "other must be a Histogram", other);
    for (const name of ["lowest", "highest", "relativeError"] as const) {
      if (this[name] === other[name]) continue;
      throw outOfRange(merging, `the other's ${name} must be the same, ${this[name]}`, other[name]);
    }
    if (other.#count === 0) return;
    for (const [bucket, count] of other.#counts.entries()) {
      this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    }
    this.#min = this.#count === 0 ? other.#min : Math.min(this.#min, other.#min);
    this.#max = this.#count === 0 ? other.#max : Math.max(this.#max, other.#max);
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#below += other.#below;
    this.#above += other.#above;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sum = 0;
    this.#min = Number.NaN;
    this.#max = Number.NaN;
    this.#below = 0;
    this.#above = 0;
  }

  /** A summary, in the unit of the values. */
  toJSON(): HistogramSummary {
    const known = (value: number) => (this.#count === 0 ? null : value);
    return {
      count: this.#count,
      min: known(this.#min),
      mean: known(this.mean),
      p50: known(this.percentile(50)),
      p90: known(this.percentile(90)),
      p99: known(this.percentile(99)),
      p999: known(this.percentile(99.9)),
      max: known(this.#max),
    };
  }

  #bucketOf(value: number): number {
    bits.setFloat64(0, value);
    return bits.getUint32(0) >>> this.#shift;
  }

  #middleOf(bucket: number): number {
    return (this.#startOf(bucket) + this.#startOf(bucket + 1)) / 2;
  }

  #startOf(bucket: number): number {
    bits.setUint32(0, bucket << this.#shift);
    bits.setUint32(4, 0);
    return bits.getFloat64(0);
  }
}

const merging = "merge into Histogram";

const bits = new DataView(new ArrayBuffer(8));
