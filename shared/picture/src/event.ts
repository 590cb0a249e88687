/**
 * What a task is doing. `queued`: handed over, not begun. `running`: somebody works on it. `retrying`: it failed and
 * waits to be tried again. `blocked`: it wants to go on and may not: backpressure, a permit, a lock. `phase`: no task,
 * but something that lasts and concerns the whole run, such as a drain.
 */
export type State = "queued" | "running" | "retrying" | "blocked" | "phase";

/** How it ended. `dropped`: it goes no further, as planned (a filter) or for want of room. */
export type Outcome = "ok" | "failed" | "cancelled" | "dropped";

/** `plain` informs, `stop` ends something (close, abort, SIGTERM), `bad` should not have happened. */
export type Tone = "plain" | "stop" | "bad";

/**
 * When something happened: milliseconds since the run began, and the place in the order of all events. Many events
 * share one millisecond, so whatever is counted is counted by order.
 */
export interface Moment {
  readonly at: number;
  readonly order: number;
}

/** A task takes up a state. */
export interface BeginEvent extends Moment {
  readonly type: "begin";
  readonly span: number;
  readonly track: string;
  readonly state: State;
  readonly task: string;
  readonly attempt: number;
  /** Who does it, where that is known. Otherwise the picture gives it the first free lane. */
  readonly lane?: string | undefined;
  /** The span on whose behalf it runs: it is drawn below that one. */
  readonly parent?: number | undefined;
}

/** A task leaves a state. */
export interface EndEvent extends Moment {
  readonly type: "end";
  readonly span: number;
  readonly outcome: Outcome;
  readonly detail?: string | undefined;
}

/** From now on so many are held there: the depth of a buffer, permits in use. */
export interface LevelEvent extends Moment {
  readonly type: "level";
  readonly track: string;
  readonly value: number;
}

/** Something happened that takes no time: close, abort, SIGTERM. */
export interface MarkEvent extends Moment {
  readonly type: "mark";
  readonly name: string;
  readonly tone: Tone;
  readonly track?: string | undefined;
  readonly task?: string | undefined;
}

/** All that can happen in a run. Plain data, in order; new kinds may be added, none is changed. */
export type RunEvent = BeginEvent | EndEvent | LevelEvent | MarkEvent;

/** Declared bounds by the name of a track or a depth: each is drawn as the line that must not be crossed. */
export interface Limits {
  readonly [track: string]: number;
}

/** The middle of a long run, of which no events are kept: what is still known of it. */
export interface Gap {
  readonly from: Moment;
  readonly to: Moment;
  /** How many events were left out. */
  readonly events: number;
  readonly tracks: readonly GapTrack[];
}

/** What happened on one track in the gap. */
export interface GapTrack {
  readonly name: string;
  /** The most that ran at once there, or the highest level, and when. */
  readonly peak: Moment & { readonly value: number };
  /** How many tasks this track took up, and how many it gave on, of which no event is kept. */
  readonly taken: number;
  readonly given: number;
}

/** A recorded run: plain data, all that is needed to read and draw it. A `Recorder` is one, and so is its JSON. */
export interface Recording {
  readonly title: string;
  readonly clock: "simulated" | "real";
  readonly limits: Limits;
  readonly flow: readonly string[];
  readonly rows: readonly string[];
  readonly events: readonly RunEvent[];
  readonly gap?: Gap | undefined;
  /** It was broken off: what had not ended by then might have. */
  readonly isCut?: boolean | undefined;
}
