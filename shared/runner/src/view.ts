import type { Paint } from "./paint.ts";
import type { Target } from "./verdict.ts";

/** How lines are made: in which colours, and how wide at most. */
export interface ViewOptions {
  readonly paint: Paint;
  readonly width: number;
  /** The answer that is spoken of, where it may be another than the attempt. */
  readonly target?: Target;
}
