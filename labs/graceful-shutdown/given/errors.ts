import type { Resource, StopReport } from "../contract.ts";

/** For `start`: one of the resources could not be started. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly resource: string;
  readonly report: StopReport;

  constructor(resource: string, cause: unknown, report: StopReport) {
    super(`Cannot start "${resource}"`, { cause });
    this.resource = resource;
    this.report = report;
  }
}

/** For `start`, and for the signal of the `start` under way: the lifecycle is being stopped. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor() {
    super("Cannot start: it was stopped");
  }
}

/** For the signal of whoever has taken longer than its own limit. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";

  constructor(name: string, ms: number) {
    super(`"${name}" has not ended within ${ms} ms`);
  }
}

/** For the signals of all that is still to be stopped at the deadline. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(deadlineMs: number) {
    super(`Not all had stopped ${deadlineMs} ms after they were told to`);
  }
}

/** The longest that `setTimeout` can wait, 24.8 days: given more, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws {RangeError} If `value` is nothing that a timer can wait for. */
export function checkDuration(name: string, value: number): number {
  if (value >= 0 && value <= LONGEST_TIMER_MS) return value;
  throw new RangeError(`Cannot wait: ${name} must be from 0 to ${LONGEST_TIMER_MS} ms, got ${value}`);
}

/** @throws {RangeError} If two of them have one name, or a limit is out of range. */
export function checkResources(resources: readonly Resource[]): void {
  const names = new Set<string>();
  for (const { name, stopWithinMs } of resources) {
    if (names.has(name))
      throw new RangeError(`Cannot create lifecycle: each name must be there once, got "${name}" twice`);
    names.add(name);
    checkDuration(`stopWithinMs of "${name}"`, stopWithinMs);
  }
}
