/** What a chart shows: each panel one comparison, against a floor of its own. */
export interface Chart {
  readonly title: string;
  /** Where, when and how it was measured. */
  readonly notes: readonly string[];
  readonly panels: readonly Panel[];
}

export type Panel = BarPanel | LinePanel;

/** Strategies side by side. */
export interface BarPanel {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly targets: readonly Target[];
}

/** Strategies over sizes that grow: cost against size. */
export interface LinePanel {
  readonly title: string;
  /** From left to right, evenly apart. */
  readonly sizes: readonly string[];
  /** What there are so many of. */
  readonly unit?: string;
  /** What counts as 1. */
  readonly floor: string;
  readonly curves: readonly Curve[];
  readonly targets: readonly Target[];
}

export type Kind = "ours" | "peer" | "floor";

export interface Ratio {
  /** The median, as a multiple of the floor; undefined where nothing was measured. */
  readonly ratio?: number | undefined;
  /** The quartiles. */
  readonly middle?: readonly [number, number] | undefined;
  readonly noisy?: boolean;
}

export interface Bar extends Ratio {
  readonly name: string;
  readonly kind: Kind;
  /** Why it was not measured. */
  readonly failure?: string | undefined;
}

export interface Curve {
  readonly name: string;
  readonly kind: Kind;
  /** One for each size. */
  readonly points: readonly (Point | undefined)[];
}

export interface Point extends Ratio {
  readonly ratio: number;
}

/** Where a strategy should end at the latest. */
export interface Target {
  /** Of the bar or curve that it is for. */
  readonly name: string;
  /** Of a line panel: its place among the sizes. */
  readonly size?: number;
  readonly at: number;
  readonly reached: boolean;
  /** "Channel ≤ 1.30 × async generator: 1.39" */
  readonly aim: string;
}

export interface ChartOptions {
  /** Goes before every id: two charts on one page need different ones. Default "chart". */
  readonly id?: string | undefined;
  /** How a ratio is written. Default: three digits that count. */
  readonly words?: (ratio: number) => string;
}

/** What all parts of a drawing are drawn with. */
export interface Pen {
  readonly id: string;
  readonly words: (ratio: number) => string;
}
