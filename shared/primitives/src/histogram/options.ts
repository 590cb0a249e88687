import { checkOptions, outOfRange } from "../arguments/check.ts";

export interface HistogramOptions {
  /** The smallest value that is told from smaller ones; 0.001 by default, a microsecond if the unit is milliseconds. */
  readonly lowest?: number | undefined;
  /** The largest value that is told from larger ones; 3,600,000 by default, an hour in milliseconds. */
  readonly highest?: number | undefined;
  /** By how much a percentile may differ from the true one, as a share of it; 0.01 by default, which is 1 %. */
  readonly relativeError?: number | undefined;
}

export function checkedHistogramOptions(options: HistogramOptions): Bounds {
  checkOptions(creating, options);
  const { lowest = 0.001, highest = 3_600_000, relativeError = 0.01 } = options;
  if (typeof lowest !== "number" || !(lowest >= smallestNormal && lowest < Infinity))
    throw outOfRange(creating, "lowest must be a finite number above 0, at least 2^-1022", lowest);
  if (typeof highest !== "number" || !(highest > lowest && highest < Infinity))
    throw outOfRange(creating, `highest must be a finite number above lowest, which is ${lowest}`, highest);
  if (typeof relativeError !== "number" || !(relativeError >= 1e-6 && relativeError < 1))
    throw outOfRange(creating, "relativeError must be a number of at least 0.000001, below 1", relativeError);
  return { lowest, highest, relativeError };
}

interface Bounds {
  readonly lowest: number;
  readonly highest: number;
  readonly relativeError: number;
}

/** Below it floats have no leading one, and their bits no longer grow like their logarithm. */
const smallestNormal = 2 ** -1022;

const creating = "create Histogram";
