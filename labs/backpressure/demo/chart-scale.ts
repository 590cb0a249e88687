import { LOADS } from "../given/policies.ts";

/** A panel of the chart: where a load stands in it, and how high a value is. Coordinates are its own, from its top left. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  /** The left edge of the n-th load's band; of the one after the last: the right edge of all. */
  readonly x: (n: number) => number;
  /** Each is a value and where it lies. */
  readonly y: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From zero to `end`, evenly, with ticks at nothing, half and `whole`. */
export function linearPanel(
  width: number,
  height: number,
  { whole, end }: { whole: number; end: number },
): Panel {
  const y = (value: number) => round(height - (Math.min(value, end) / end) * height);
  return { width, height, x: bands(width), y, ticks: [0, whole / 2, whole] };
}

/** Each power of ten as high as the one before. `least` lies at the bottom, and so does whatever is below. */
export function logPanel(
  width: number,
  height: number,
  { least, most }: { least: number; most: number },
): Panel {
  const from = Math.log10(least);
  const powers = Math.max(1, Math.ceil(Math.log10(Math.max(most, least * 10)) - 1e-9) - from);
  const y = (value: number) =>
    round(height - ((Math.log10(Math.max(value, least)) - from) / powers) * height);
  return {
    width,
    height,
    x: bands(width),
    y,
    ticks: Array.from({ length: powers + 1 }, (_, n) => 10 ** (from + n)),
  };
}

function bands(width: number): (n: number) => number {
  return (n) => round((n / LOADS.length) * width);
}

export const round = (n: number): number => Math.round(n * 10) / 10;
