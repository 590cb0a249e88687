import type { Pipeline, PipelineError } from "../contract.ts";
import type { Intake } from "./intake.ts";

/**
 * Resolves when no more connections are to be taken, or soon after the signal aborts: to what was not sent, and why, if
 * something was not. What it started has ended by then.
 */
export type Bring = (port: number, signal: AbortSignal) => Promise<string | undefined>;

export interface Following {
  /** Aborts the pipeline. */
  readonly abort: AbortController;
  /** Asks for a drain. */
  readonly signal: AbortSignal;
  readonly intake: Intake;
  readonly bring: Bring;
}

/** What went wrong, in a sentence each, unless nothing did. */
export interface Followed {
  /** Of the pipeline. */
  readonly failure: string | undefined;
  /** Before it: something never reached us. */
  readonly unsent: string | undefined;
}

/**
 * Lets the pipeline run until it has ended, whatever ends it.
 *
 * @throws What an answer throws that is half done.
 */
export async function follow(
  pipeline: Pipeline,
  { abort, signal, intake, bring }: Following,
): Promise<Followed> {
  const over = new AbortController();
  let failure: string | undefined;
  const drain = () => {
    try {
      pipeline.drain().catch(() => {}); // It is `done` that is listened to.
    } catch (error) {
      failure = `It cannot drain yet (${messageOf(error)}): it was aborted`;
      abort.abort(error);
    }
  };
  signal.addEventListener("abort", drain);
  const brought = bring(intake.port, AbortSignal.any([signal, over.signal])).then(
    (unsent) => {
      if (!signal.aborted) intake.close();
      return unsent;
    },
    (error: unknown) => {
      abort.abort(error);
      return undefined;
    },
  );
  try {
    await pipeline.done;
  } catch (error) {
    if (isPipelineError(error)) failure = `The pipeline failed: ${error.stage}: ${messageOf(error.cause)}`;
    else if (failure === undefined) throw error;
  } finally {
    signal.removeEventListener("abort", drain);
    over.abort();
    await brought;
  }
  return { failure, unsent: await brought };
}

function isPipelineError(error: unknown): error is PipelineError {
  return error instanceof Error && error.name === "PipelineError";
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
