import type { Pipeline, PipelineError } from "../contract.ts";
import type { Intake } from "./intake.ts";

/** Resolves when no more connections are to be taken, or soon after the signal aborts. What it started has ended by then. */
export type Bring = (port: number, signal: AbortSignal) => Promise<void>;

export interface Following {
  /** Aborts the pipeline. */
  readonly abort: AbortController;
  /** Asks for a drain. */
  readonly signal: AbortSignal;
  readonly intake: Intake;
  readonly bring: Bring;
}

/**
 * Lets the pipeline run until it has ended, whatever ends it.
 *
 * @returns What went wrong, in a sentence, unless nothing did.
 * @throws What an answer throws that is half done.
 */
export async function follow(
  pipeline: Pipeline,
  { abort, signal, intake, bring }: Following,
): Promise<string | undefined> {
  const over = new AbortController();
  let problem: string | undefined;
  const drain = () => {
    try {
      pipeline.drain().catch(() => {}); // It is `done` that is listened to.
    } catch (error) {
      problem = `It cannot drain yet (${messageOf(error)}): it was aborted`;
      abort.abort(error);
    }
  };
  signal.addEventListener("abort", drain);
  const brought = bring(intake.port, AbortSignal.any([signal, over.signal])).then(
    () => signal.aborted || intake.close(),
    (error: unknown) => abort.abort(error),
  );
  try {
    await pipeline.done;
  } catch (error) {
    if (isPipelineError(error)) problem = `The pipeline failed: ${error.stage}: ${messageOf(error.cause)}`;
    else if (problem === undefined) throw error;
  } finally {
    signal.removeEventListener("abort", drain);
    over.abort();
    await brought;
  }
  return problem;
}

function isPipelineError(error: unknown): error is PipelineError {
  return error instanceof Error && error.name === "PipelineError";
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
