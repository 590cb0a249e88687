import type { Gap, MarkEvent, Moment, Outcome, State, Tone } from "./event.ts";
import type { Level } from "./level.ts";
import { count } from "./words.ts";

/** A task in one state, from one moment to another. */
export interface Span {
  readonly id: number;
  readonly track: string;
  readonly state: State;
  readonly task: string;
  readonly attempt: number;
  readonly lane: string | undefined;
  readonly parent: number | undefined;
  readonly begin: Moment;
  /** The end of the run, with an order beyond all others, if it never ended. */
  readonly end: Moment;
  /** "cut": the recording was broken off before. undefined: it never ended. */
  readonly outcome: Outcome | "cut" | undefined;
  readonly detail: string | undefined;
}

/** A row in which one thing runs after the other. */
export interface Lane {
  readonly name: string;
  /** How deep it is nested below what it runs for. */
  readonly depth: number;
  /** It is one more than may run at once. */
  readonly over: boolean;
  readonly spans: readonly Span[];
}

/** Where tasks of one kind run. */
export interface Track {
  readonly name: string;
  readonly limit: number | undefined;
  readonly lanes: readonly Lane[];
  /** How many run at once, wait in line, wait to be tried again. */
  readonly running: Level;
  readonly queued: Level;
  readonly retrying: Level;
  readonly blocked: readonly Span[];
}

/** What a reader should have seen, in words. */
export interface Finding {
  readonly tone: Tone;
  readonly text: string;
  readonly track?: string | undefined;
}

export type Row = { readonly track: Track } | { readonly level: Level };

/** A run, read: what the pictures show. */
export interface Run {
  readonly title: string;
  readonly clock: "simulated" | "real";
  /** How long it took, in milliseconds. */
  readonly end: number;
  /** How many events it had, those that were left out included. */
  readonly count: number;
  /** What its pictures show from left to right. Where nearly everything took no time, time would show nothing. */
  readonly axis: "time" | "order";
  readonly spans: readonly Span[];
  readonly tracks: readonly Track[];
  /** From top to bottom: tracks, depths between two of them, levels. */
  readonly rows: readonly Row[];
  readonly marks: readonly MarkEvent[];
  readonly phases: readonly Span[];
  /** What is wrong comes first. */
  readonly findings: readonly Finding[];
  readonly gap: Gap | undefined;
}

/** Everything that became of one task. */
export interface Task {
  readonly name: string;
  readonly spans: readonly Span[];
}

/**
 * What became of each task, in order of appearance. Of more than `most`, those that did not end well or took longest.
 */
export function tasksOf(run: Run, most = Number.POSITIVE_INFINITY): { tasks: readonly Task[]; more: number } {
  const spans = run.spans.filter(({ state }) => state !== "phase");
  const tasks = [...Map.groupBy(spans, ({ task }) => task)].map(([name, spans]) => ({ name, spans }));
  if (tasks.length <= most) return { tasks, more: 0 };
  const kept = new Set(tasks.toSorted(byTrouble).slice(0, most));
  return { tasks: tasks.filter((task) => kept.has(task)), more: tasks.length - most };
}

/** "24 tasks", "30 runs": how much there is to see. Where only waits were recorded nothing is said of runs. */
export function amountOf(run: Run): readonly string[] {
  const runs = run.spans.filter(({ state }) => state === "running").length;
  return [count(tasksOf(run).tasks.length, "task"), ...(runs > 0 ? [count(runs, "run")] : [])];
}

function byTrouble(a: Task, b: Task): number {
  return (
    Number(endedBadly(b)) - Number(endedBadly(a)) ||
    b.spans.length - a.spans.length ||
    lengthOf(b) - lengthOf(a)
  );
}

const endedBadly = ({ spans }: Task) => spans.at(-1)?.outcome !== "ok";

const lengthOf = ({ spans }: Task) => (spans.at(-1)?.end.at ?? 0) - (spans[0]?.begin.at ?? 0);
