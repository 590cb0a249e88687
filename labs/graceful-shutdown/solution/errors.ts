import type { StopReport } from "../contract.ts";

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

export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor() {
    super("Cannot start: it was stopped");
  }
}

export class TimeoutError extends Error {
  override readonly name = "TimeoutError";

  constructor(name: string, ms: number) {
    super(`"${name}" has not ended within ${ms} ms`);
  }
}

export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(deadlineMs: number) {
    super(`Not all had stopped ${deadlineMs} ms after they were told to`);
  }
}
