/** What the page and the worker that plays a scene say to each other. */
import type { Piece } from "@pattern-labs/picture";
import type { Controls, FirstGuess, View } from "@pattern-labs/picture/scene";
import type { Change } from "./change.ts";

/** What the controls say, by name. */
export type Settings = Readonly<Record<string, number | string>>;

export type ToWorker =
  | { readonly type: "load"; readonly lab: string }
  /** Begins the run; once in the life of a worker. */
  | { readonly type: "start"; readonly settings: Settings }
  | { readonly type: "set"; readonly settings: Settings }
  /** How wide the next picture is to be, in pixels. Everything else is answered; this is not. */
  | { readonly type: "width"; readonly width: number }
  | { readonly type: "advance"; readonly ms: number }
  /** On to the next moment at which something is recorded. */
  | { readonly type: "step" };

export type FromWorker = Loaded | News;

/** The scene as the page needs to know it: without its code. */
export interface Loaded {
  readonly type: "loaded";
  readonly title: string;
  readonly controls: Controls;
  readonly firstGuess: FirstGuess | undefined;
  readonly lengthMs: number;
}

/** How far the run has come, as the page knows it. */
export interface Progress extends Omit<News, "change"> {
  /** The picture of the run so far. */
  readonly picture: readonly Piece[];
}

/** The same, as the worker tells it. */
export interface News {
  readonly type: "progress";
  /** Simulated milliseconds since the beginning. */
  readonly now: number;
  readonly view: View | undefined;
  /** What has just happened, in words. */
  readonly said: string;
  /** What is different in the picture of the run so far since it was told last: a picture is long, and mostly past. */
  readonly change: Change;
  readonly isOver: boolean;
  /** Why it cannot go on, in a sentence. */
  readonly problem: string | undefined;
}
