/**
 * A lab's scene for the playground: what can be turned, what to guess first, and the run itself. It is written once and
 * runs in a browser as well as in Node, both times with simulated timers, and on whatever answer `#lab` stands for.
 */
import type { Recorder, RecorderOptions } from "./recorder.ts";

/** A number to turn. */
export interface Range {
  readonly kind: "range";
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly value: number;
  readonly unit?: string;
  /** A change takes effect with a new run only. Otherwise it is read while the scene runs. */
  readonly restart?: boolean;
}

/** One of several, to choose. */
export interface Choice {
  readonly kind: "choice";
  readonly label: string;
  readonly values: readonly string[];
  readonly value: string;
  readonly restart?: boolean;
}

export type Controls = Readonly<Record<string, Range | Choice>>;

/** What the controls say now. Read it where it is used, so that they act while the scene runs. */
export type Values<C extends Controls> = { readonly [K in keyof C]: C[K] extends Range ? number : string };

/** A question to answer before the first run: looking alone teaches little. */
export interface FirstGuess {
  readonly question: string;
  readonly answers: readonly string[];
  /** The place of the right one, from 0. */
  readonly right: number;
  readonly why: string;
  /** When in the run one can see it, in simulated milliseconds. */
  readonly afterMs: number;
}

/** What stands beside the picture while it runs: a sum that must come out, and figures. */
export interface View {
  readonly sum?: {
    readonly whole: readonly [name: string, value: number];
    readonly parts: readonly (readonly [name: string, value: number])[];
  };
  readonly figures?: Readonly<Record<string, number | string>>;
}

/** What a scene is run with. */
export interface Stage<C extends Controls = Controls> {
  readonly values: Values<C>;
  readonly recorder: Recorder;
  /** Aborts when the scene is left or has run long enough. */
  readonly signal: AbortSignal;
  /** Numbers from 0 up to but not including 1, the same ones in each run. */
  readonly random: () => number;
  /** Says what to show beside the picture; called whenever something is drawn. */
  readonly show: (view: () => View) => void;
}

export interface Scene<C extends Controls = Controls> {
  readonly title: string;
  readonly controls: C;
  readonly firstGuess?: FirstGuess;
  /** How its recorder is set up, with the controls as they are at the start. */
  readonly recording: (values: Values<C>) => Pick<RecorderOptions, "limits" | "flow" | "rows">;
  /** For how many simulated milliseconds it runs where nobody stops it. It may end sooner by itself. */
  readonly lengthMs: number;
  /** Its timers are simulated; what it builds with is real. */
  readonly run: (stage: Stage<C>) => Promise<void>;
}

/**
 * Declares a scene; `values` get their types from `controls`.
 *
 * @example
 * ```ts
 * const doors = scene({
 *   title: "A door and its guests",
 *   controls: { guests: { kind: "range", label: "guests", min: 1, max: 9, value: 3 } },
 *   recording: ({ guests }) => ({ limits: { door: guests } }),
 *   lengthMs: 1_000,
 *   async run({ values, recorder }) {
 *     for (let guest = 1; guest <= values.guests; guest += 1) recorder.mark(`guest ${guest}`);
 *   },
 * });
 *
 * assert.deepEqual(initialValues(doors), { guests: 3 });
 * ```
 */
export function scene<const C extends Controls>(parts: Scene<C>): Scene<C> {
  return parts;
}

/** What the controls say before anybody has touched them. */
export function initialValues<C extends Controls>({ controls }: Scene<C>): Values<C> {
  const entries = Object.entries(controls).map(([name, { value }]) => [name, value]);
  return Object.fromEntries(entries) as Values<C>;
}

/** The same sequence of numbers for the same seed: Mulberry32 (Tommy Ettinger, 2017, in the public domain). */
export function sceneRandom(seed = 42): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
