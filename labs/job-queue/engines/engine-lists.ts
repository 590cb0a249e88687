import type { ConnectionOptions, IQueueBackend, JobState, Queue } from "bullmq";
import type { Job, ListQuery, State } from "../contract.ts";
import { type Body, jobOf } from "./stored-job.ts";

/** The end of the engine that stores jobs and finds them. */
export type Engine = Queue<Body, unknown, string, Body, unknown, string, IQueueBackend, ConnectionOptions>;

/** In which of the engine's states a job of each state may be found. None of ours is cancelled. */
const FOUND_IN: Readonly<Record<State, readonly JobState[]>> = {
  pending: ["prioritized", "waiting", "delayed"],
  failed: ["delayed", "prioritized", "waiting"],
  running: ["active"],
  completed: ["completed"],
  dead: ["failed"],
  cancelled: [],
};
/** How many jobs of a list are read at once. */
const PAGE = 100;

/** In the engine's order: what waits as it will be begun, what has ended as it did. */
export async function listJobs(engine: Engine, { state, limit }: ListQuery): Promise<Job[]> {
  const found = new Map<string, Job>(); // A job that moves on meanwhile may be met twice.
  for (const place of FOUND_IN[state]) {
    for (let start = 0; found.size < limit; start += PAGE) {
      const page = await engine.getJobs([place], start, start + PAGE - 1, true);
      if (page.length === 0) break;
      for (const job of page.map((stored) => jobOf(stored, place))) {
        if (job.state === state) found.set(job.id, job);
      }
    }
  }
  return [...found.values()].slice(0, limit);
}

/** The engine keeps those that wait for a retry among the others that wait: all are counted as pending. */
export async function countJobs(engine: Engine): Promise<Readonly<Record<State, number>>> {
  const counts = await engine.getJobCounts(...Object.values(FOUND_IN).flat());
  const sum = (state: State) => FOUND_IN[state].reduce((total, place) => total + (counts[place] ?? 0), 0);
  return {
    pending: sum("pending"),
    running: sum("running"),
    completed: sum("completed"),
    dead: sum("dead"),
    ...{ failed: 0, cancelled: 0 },
  };
}
