/** What the page and the worker that plays a race say to each other. */
import type { DifferenceLine } from "./difference.ts";
import type { Outcome } from "./play-race.ts";
import type { Turns } from "./race.ts";

export type ToWorker =
  | { readonly type: "load"; readonly lab: string }
  | { readonly type: "play"; readonly isBroken: boolean; readonly turns: Turns }
  | { readonly type: "all"; readonly isBroken: boolean };

export type FromWorker =
  | ({ readonly type: "loaded" } & Loaded)
  | { readonly type: "played"; readonly turns: Turns; readonly outcome: Outcome }
  | { readonly type: "all"; readonly isBroken: boolean; readonly orders: readonly Judged[] }
  | { readonly type: "failed"; readonly problem: string };

/** The race as the page needs to know it: without its code. */
export interface Loaded {
  readonly title: string;
  readonly story: string;
  readonly lanes: readonly string[];
  readonly events: readonly string[];
  /** The mistake, in words and as a difference to the reference. */
  readonly bug: string;
  readonly changes: readonly Change[];
}

export interface Judged {
  readonly turns: Turns;
  readonly isBad: boolean;
}

/** How a file of the reference differs with the mistake. */
export interface Change {
  readonly file: string;
  readonly lines: readonly DifferenceLine[];
}
