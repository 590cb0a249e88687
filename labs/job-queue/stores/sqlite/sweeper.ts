import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Retention } from "./protocol.ts";

export const SWEEP_STATEMENTS = {
  newest: "SELECT max(finished) AS newest FROM jobs WHERE finished IS NOT NULL",
  oldest: `SELECT seq, finished, updatedAt FROM jobs INDEXED BY jobs_finished
    WHERE finished IS NOT NULL ORDER BY finished LIMIT :limit`,
  remove: "DELETE FROM jobs WHERE seq = :seq",
} as const;

/** Removes finished jobs that are too old, or too many, in the order in which they finished. */
export class Sweeper {
  readonly #retention: Retention;
  readonly #statements: Readonly<Record<keyof typeof SWEEP_STATEMENTS, StatementSync>>;

  constructor(db: DatabaseSync, retention: Retention) {
    this.#retention = retention;
    const prepared = Object.entries(SWEEP_STATEMENTS).map(([name, sql]) => [name, db.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared);
  }

  /** Removes up to `limit` jobs, within the caller's transaction. True if there may be more. */
  sweep(limit: number, now: number): boolean {
    const doomed = this.#doomed(limit, now);
    for (const seq of doomed) this.#statements.remove.run({ seq });
    return doomed.length === limit;
  }

  /** Stops at the first that stays: a sweep with nothing to do reads two entries of one index. */
  #doomed(limit: number, now: number): number[] {
    const { maxAgeMs, maxCount } = this.#retention;
    const newest = Number(this.#statements.newest.get()?.["newest"] ?? 0);
    const doomed: number[] = [];
    for (const { seq, finished, updatedAt } of this.#statements.oldest.iterate({ limit })) {
      const isPastCount = Number(finished) <= newest - maxCount;
      const isPastAge = Number(updatedAt) < now - maxAgeMs;
      if (!isPastCount && !isPastAge) break;
      doomed.push(Number(seq));
    }
    return doomed;
  }
}
