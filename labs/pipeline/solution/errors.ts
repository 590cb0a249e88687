import type { PipelineError } from "../contract.ts";

export class PipelineFailure extends Error implements PipelineError {
  override readonly name = "PipelineError";
  declare readonly cause: unknown;
  readonly stage: PipelineError["stage"];

  constructor(stage: PipelineError["stage"], cause: unknown) {
    super(`The pipeline failed in ${stage}: ${messageOf(cause)}`, { cause });
    this.stage = stage;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
