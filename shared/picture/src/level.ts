import type { Moment } from "./event.ts";

/** How many, over the run: from each point on, its value holds. */
export interface Level {
  readonly name: string;
  /** The declared bound. */
  readonly limit: number | undefined;
  readonly points: readonly LevelPoint[];
  /** The highest value, also one that held for no time. */
  readonly max: number;
}

export interface LevelPoint extends Moment {
  readonly value: number;
}

/** From here on there are so many more, or fewer. */
export interface Change extends Moment {
  readonly by: number;
}

/** A level is reached within the gap of a long run; from the points alone one would not see it. */
export type Peak = LevelPoint;

/** Adds the changes up, in their order. */
export function levelOf(
  name: string,
  limit: number | undefined,
  changes: Iterable<Change>,
  peak?: Peak,
): Level {
  let value = 0;
  const points: LevelPoint[] = [{ at: 0, order: 0, value: 0 }];
  for (const { at, order, by } of [...changes].sort((a, b) => a.order - b.order)) {
    value += by;
    points.push({ at, order, value });
  }
  return levelThrough(name, limit, points, peak);
}

export function levelThrough(
  name: string,
  limit: number | undefined,
  points: readonly LevelPoint[],
  peak?: Peak,
): Level {
  const shown = peak === undefined ? points : withPeak(points, peak);
  return { name, limit, points: shown, max: highest(shown) };
}

function withPeak(points: readonly LevelPoint[], peak: Peak): readonly LevelPoint[] {
  const after = points.findIndex(({ order }) => order > peak.order);
  const place = after === -1 ? points.length : after;
  const before = points[place - 1]?.value ?? 0;
  if (before >= peak.value) return points;
  return points.toSpliced(place, 0, peak, { ...peak, value: before });
}

/**
 * Without what lasted no time at all, so that a task which is begun where it is handed over was never in line. What is
 * over the limit stays, and so does everything in a run that takes no time.
 */
export function lasting(level: Level): Level {
  const { points, limit } = level;
  if (points.at(-1)?.at === 0) return level;
  const kept = points.filter(
    ({ at, value }, i) => points[i + 1]?.at !== at || (limit !== undefined && value > limit),
  );
  return { ...level, points: kept, max: highest(kept) };
}

// Not Math.max(...values): a long run has more points than a call may have arguments.
const highest = (points: readonly LevelPoint[]) => points.reduce((max, { value }) => Math.max(max, value), 0);

/** What holds at this time, after everything that happened at it. */
export function valueAt({ points }: Level, at: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.at ?? Number.POSITIVE_INFINITY) <= at) low = middle + 1;
    else high = middle;
  }
  return points[low - 1]?.value ?? 0;
}

/** A stretch of time in which a level was over its limit, and the highest value in it. */
export interface Excess {
  readonly from: number;
  readonly to: number;
  readonly peak: number;
}

/** Two of them at less than a thousandth of the run from each other are one. */
export function excessesOf({ points, limit = Number.POSITIVE_INFINITY }: Level): Excess[] {
  const found: Excess[] = [];
  const close = (points.at(-1)?.at ?? 0) / 1_000;
  let open: Excess | undefined;
  const add = (excess: Excess) => {
    const last = found.at(-1);
    if (last === undefined || excess.from - last.to > close) found.push(excess);
    else found.splice(-1, 1, { from: last.from, to: excess.to, peak: Math.max(last.peak, excess.peak) });
  };
  for (const { at, value } of points) {
    if (value > limit) open = { from: open?.from ?? at, to: at, peak: Math.max(open?.peak ?? 0, value) };
    else if (open !== undefined) {
      add({ ...open, to: at });
      open = undefined;
    }
  }
  if (open !== undefined) add(open);
  return found;
}
