import { niceStep, steps, type Tick } from "./scale.ts";

/** Where on the way from left to right a multiple of the floor lies. The floor is 1. */
export interface RatioScale {
  /** Each step is a factor, not a sum: where the largest would make all others look alike. */
  readonly isLog: boolean;
  /** From 0 to 1. */
  readonly place: (ratio: number) => number;
  readonly ticks: readonly Tick[];
}

/** From this factor between the smallest and the largest on, a bar that starts at 0 would show the largest alone. */
const LINEAR_UP_TO = 25;

/** Room for all of the values and for 1, the floor; with at most `most` steps. */
export function ratioScaleOf(values: readonly number[], most = 5): RatioScale {
  const known = [1, ...values.filter((value) => value > 0)];
  const least = Math.min(...known);
  const largest = Math.max(...known);
  return largest / least > LINEAR_UP_TO ? logScale(least, largest, most) : linearScale(largest, most);
}

function linearScale(largest: number, most: number): RatioScale {
  const place = (ratio: number) => Math.min(ratio / largest, 1);
  const ticks = steps(0, largest, niceStep(largest, most)).map((ratio) => tick(ratio, place));
  return { isLog: false, place, ticks };
}

function logScale(least: number, largest: number, most: number): RatioScale {
  const length = Math.log10(largest / least);
  // A little room at both ends: the smallest has a bar, too.
  const from = Math.log10(least) - 0.04 * length;
  const whole = 1.08 * length;
  const place = (ratio: number) => Math.max(0, Math.min((Math.log10(ratio) - from) / whole, 1));
  const between = (decade: number) => [1, 2, 5].map((n) => n * 10 ** decade);
  const all = steps(Math.floor(from), Math.floor(from + whole), 1).flatMap(between);
  const inside = all.filter((ratio) => place(ratio) > 0 && place(ratio) < 1);
  const powers = inside.filter((ratio) => Number.isInteger(Math.log10(ratio)));
  const sparse = niceStep(whole, most, 1);
  const chosen =
    powers.length < 3 ? inside : powers.filter((ratio) => Math.round(Math.log10(ratio)) % sparse === 0);
  return { isLog: true, place, ticks: chosen.map((ratio) => tick(ratio, place)) };
}

function tick(ratio: number, place: (ratio: number) => number): Tick {
  // Three digits that count, and not what adding up tenths has left behind them.
  const label = Number(ratio.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 6 });
  return { place: place(ratio), label };
}
