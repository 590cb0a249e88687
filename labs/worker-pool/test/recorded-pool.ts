import { type Recorder, watch } from "@pattern-labs/picture";
import type { Sim } from "@pattern-labs/testkit";
import type { Job, Pool, PoolOptions } from "../contract.ts";
import { lab } from "./subject.ts";

/**
 * The pool that is judged, with its jobs recorded: should the test fail, its message shows a picture of what they did.
 * Jobs are called by the order in which they were submitted.
 */
export function createPool(sim: Sim, options: PoolOptions): Pool {
  const { recorder } = sim;
  const pool = lab.createPool(options);
  recorder.limit("jobs", options.workers);
  let submitted = 0;
  return {
    submit: (job, ...rest) => {
      submitted += 1;
      const name = `job ${submitted}`;
      return recorder.submit("jobs", name, () => pool.submit(recorded(recorder, name, job), ...rest));
    },
    close: (...args) => {
      recorder.mark(args[0]?.deadlineMs === undefined ? "close" : "close with a deadline", "stop");
      return pool.close(...args);
    },
    abort: (reason) => {
      recorder.mark("abort", "stop");
      return pool.abort(reason);
    },
    snapshot: () => pool.snapshot(),
  };
}

/** A job is over when it ends, or when its time is up: from then on the pool has given it up. */
function recorded<R>(recorder: Recorder, name: string, job: Job<R>): Job<R> {
  return (context) => {
    const span = recorder.begin("jobs", "running", name);
    const signal: AbortSignal | undefined = context?.signal; // Before step 2 an answer need not give one.
    const giveUp = () => {
      if (isTimeout(signal?.reason)) recorder.end(span, "cancelled", signal?.reason);
    };
    signal?.addEventListener("abort", giveUp);
    return watch(
      () => job(context),
      (outcome, result) => {
        signal?.removeEventListener("abort", giveUp);
        const isStopped = signal?.aborted === true && result === signal.reason;
        recorder.end(span, isStopped ? "cancelled" : outcome, outcome === "ok" ? undefined : result);
      },
    );
  };
}

const isTimeout = (reason: unknown) => reason instanceof Error && reason.name === "TimeoutError";
