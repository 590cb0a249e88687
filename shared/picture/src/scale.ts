import type { Moment } from "./event.ts";
import type { Run } from "./run.ts";

export type Axis = "time" | "order";

/** Where on the way from left to right something lies. */
export interface Scale {
  readonly axis: Axis;
  /** From 0 to 1. */
  readonly place: (moment: Moment) => number;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly place: number;
  readonly label: string;
}

/** One scale for all of the runs, with at most `most` steps, so that they can be laid one above the other. */
export function scaleOf(runs: readonly Run[], most: number, axis: Axis = axisOf(runs)): Scale {
  if (axis === "order") {
    const last = Math.max(1, ...runs.map(({ count }) => count - 1));
    const label = (n: number) => (n === 0 ? "event 1" : String(n + 1));
    const ticks = steps(0, last, niceStep(last, most, 1)).map((n) => ({ place: n / last, label: label(n) }));
    return { axis, place: ({ order }) => Math.min(order, last) / last, ticks };
  }
  const end = Math.max(1e-9, ...runs.map((run) => run.end));
  const inSeconds = end >= 2_000;
  const values = steps(0, end, niceStep(end, most));
  const ticks = values.map((value, i) => {
    const unit = i < values.length - 1 ? "" : inSeconds ? " s" : " ms";
    return { place: value / end, label: `${trim(inSeconds ? value / 1_000 : value)}${unit}` };
  });
  return { axis, place: ({ at }) => Math.min(at / end, 1), ticks };
}

const axisOf = (runs: readonly Run[]): Axis =>
  runs.every(({ axis }) => axis === "order") ? "order" : "time";

/** A stretch of time, as a live view shows it; what lies outside is put at its edges. */
export function windowOf(from: number, to: number, most: number): Scale {
  const length = Math.max(1, to - from);
  const step = niceStep(length, most);
  const ticks = steps(Math.ceil(from / step) * step, to, step).map((at) => ({
    place: (at - from) / length,
    label: `${trim(at / 1_000)} s`,
  }));
  return { axis: "time", place: ({ at }) => Math.max(0, Math.min((at - from) / length, 1)), ticks };
}

/** 1, 2 or 5 times a power of ten, so that at most `most` steps fit. */
export function niceStep(length: number, most: number, least = 0): number {
  const rough = Math.max(length / most, least);
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= rough * (1 - 1e-9)) ?? rough;
}

export function steps(from: number, to: number, step: number): number[] {
  const last = Math.floor((to - from) / step + 1e-9);
  return Array.from({ length: Math.max(0, last) + 1 }, (_, i) => from + i * step);
}

const trim = (value: number) => String(Math.round(value * 1_000) / 1_000);
