import type {
  CancelOptions,
  CleanUpOptions,
  Lab,
  Scope,
  ScopeOptions,
  SleepOptions,
  Task,
  TimeoutOptions,
} from "../contract.ts";
import { checkDuration } from "../given/errors.ts"; // There are `timeoutError` and `ScopeLeftError`, too.

export async function sleep(ms: number, _options: SleepOptions = {}): Promise<void> {
  checkDuration("ms", ms);
  throw new Error("TODO 1.1: sleep is yours to write");
}

export async function underSignal<R>(_work: Promise<R>, _signal: AbortSignal): Promise<R> {
  throw new Error("TODO 1.2: underSignal is yours to write");
}

export function orDone<T>(_source: AsyncIterable<T>, _signal: AbortSignal): AsyncIterable<T> {
  throw new Error("TODO 1.4: orDone is yours to write");
}

export function openScope({ timeoutMs }: ScopeOptions = {}): Scope {
  if (timeoutMs !== undefined) checkDuration("timeoutMs", timeoutMs);
  throw new Error("TODO 2.1: openScope is yours to write");
}

export async function withTimeout<R>(_task: Task<R>, { ms }: TimeoutOptions): Promise<R> {
  checkDuration("ms", ms);
  throw new Error("TODO 3.1: withTimeout is yours to write");
}

export async function firstOf<R>(_tasks: readonly Task<R>[], _options: CancelOptions = {}): Promise<R> {
  throw new Error("TODO 3.4: firstOf is yours to write");
}

export async function cleanUp(_task: Task<void>, { deadlineMs }: CleanUpOptions): Promise<void> {
  checkDuration("deadlineMs", deadlineMs);
  throw new Error("TODO 4.1: cleanUp is yours to write");
}

/** Name the challenges here that you take up, and their tests will run: "hedging", "turns", "thread", "budget". */
export const attempted: Lab["attempted"] = [];
