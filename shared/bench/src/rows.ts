import { countText, durationText, memoryText, rateText, ratioText } from "./numbers.ts";
import type { Row } from "./report.ts";

/** Who was measured, the quickest first. */
export function bySpeed(rows: readonly Row[]): Row[] {
  const time = (row: Row) => row.ratio?.median ?? row.nsPerOperation?.median ?? Number.POSITIVE_INFINITY;
  return rows.filter((row) => row.nsPerOperation !== undefined).toSorted((a, b) => time(a) - time(b));
}

/** A row in words; undefined where nothing was measured or counted. */
export interface Words {
  readonly ratio: string | undefined;
  /** The middle half of the ratio's rounds. */
  readonly range: string | undefined;
  readonly each: string | undefined;
  readonly perSecond: string | undefined;
  readonly inFlight: string | undefined;
  readonly heap: string | undefined;
  readonly resident: string | undefined;
}

export function inWords({ ratio, nsPerOperation, perSecond, peakInFlight, heapMb, rssMb }: Row): Words {
  return {
    ratio: say(ratio?.median, ratioText),
    range: ratio && `${ratioText(ratio.lower)}–${ratioText(ratio.upper)}`,
    each: say(nsPerOperation?.median, durationText),
    perSecond: say(perSecond, rateText),
    inFlight: say(peakInFlight, countText),
    heap: say(heapMb, memoryText),
    resident: say(rssMb, memoryText),
  };
}

function say(value: number | undefined, words: (value: number) => string): string | undefined {
  return value === undefined ? undefined : words(value);
}
