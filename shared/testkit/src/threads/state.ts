import type { Thread } from "./crew.ts";
import type { Place } from "./instrument.ts";
import { Answer, OPERATIONS, type Op } from "./protocol.ts";

/** Where a thread stands in a run. */
export interface State {
  readonly thread: Thread;
  readonly index: number;
  status: "at a step" | "asleep" | "woken" | "at rest" | "ended";
  /** It has found the very same as before, with nothing changed since. */
  spins: boolean;
  /** What it has found since something changed last. */
  readonly seen: Set<string>;
  /** The atomic operation that was granted last, to be judged when it is known what it has found. */
  granted: Request | undefined;
  /** The moments that it has offered. */
  readonly moments: Set<number>;
  /** Its async waits that have been woken, in order. */
  readonly woken: { readonly ticket: number; readonly request: Request }[];
}

/** The atomic operation that a thread is about to do. */
export interface Request extends Place {
  readonly op: Op;
  readonly name: string;
  readonly site: number;
  readonly operand: number;
}

/** One way in which a run can go on. */
export interface Way {
  readonly state: State;
  readonly label: string;
  readonly site: number;
  readonly rank: Rank;
  readonly go: () => void;
}

/** The ordinary way comes first; a timeout only when nothing else can happen. */
export const Rank = { step: 0, spin: 1, moment: 2, timeout: 3 } as const;
export type Rank = (typeof Rank)[keyof typeof Rank];

/** Site of what happens nowhere in the code. */
export const NOWHERE = -1;

export function initialState(thread: Thread, index: number): State {
  return {
    thread,
    index,
    status: "at a step",
    spins: false,
    seen: new Set(),
    granted: undefined,
    moments: new Set(),
    woken: [],
  };
}

export function requestOf({ thread }: State): Request {
  return {
    op: thread.field("op") as Op,
    name: OPERATIONS[thread.field("name")] ?? "",
    site: thread.field("site"),
    operand: thread.field("operand"),
    region: thread.field("region"),
    offset: thread.field("offset"),
    size: thread.field("size"),
  };
}

/** Gives the thread the turn. */
export function resume(state: State, answer = 0, ticket = 0): void {
  state.status = "at a step";
  state.thread.grant(answer, ticket);
}

/** Lets a moment come that the thread has offered. */
export function momentOf(state: State, ticket: number): Way {
  const go = () => {
    state.moments.delete(ticket);
    resume(state, Answer.ok, ticket);
  };
  return { state, label: state.thread.label(ticket), site: NOWHERE, rank: Rank.moment, go };
}

/** As it stands in a timeline. */
export const shortName = (operation: string): string => (operation === "compareExchange" ? "cas" : operation);

/** Who finds the same again at the same place, with nothing changed, goes round in a loop. */
export function noteSight(state: State, sight: string): void {
  if (state.seen.has(sight)) state.spins = true;
  state.seen.add(sight);
}

/** Something has changed, so nobody goes round in vain any more. */
export function forgetSights(states: readonly State[]): void {
  for (const state of states) {
    state.spins = false;
    state.seen.clear();
  }
}
