import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { ClaimQuery } from "../../contract.ts";
import type { Read, Row, Write } from "./protocol.ts";

const FIELDS = [
  ...["id", "type", "payload", "state", "attempts", "crashes", "dueAt", "createdAt", "updatedAt"],
  ...["result", "error", "version", "leaseUntil", "leaseId", "priority", "progress", "children"],
];
/** None is 0. */
const RANK = "coalesce(:priority, 0)";
/** A job that finishes gets the next number; one that does not has none. */
const FINISHED = `CASE WHEN :state IN ('completed', 'cancelled')
  THEN (SELECT coalesce(max(finished), 0) + 1 FROM jobs WHERE finished IS NOT NULL) END`;

/**
 * Every statement that touches jobs. Each finds its rows by an index, and reads no more of them than it answers: what a
 * call costs does not grow with the jobs that are stored, only with how many different priorities these have.
 */
export const STATEMENTS = {
  insert: `INSERT INTO jobs (${FIELDS.join(", ")}, rank, finished)
    VALUES (${FIELDS.map((name) => `:${name}`).join(", ")}, ${RANK}, ${FINISHED})
    ON CONFLICT (id) DO NOTHING`,
  swap: `UPDATE jobs SET ${FIELDS.filter((name) => name !== "id").map((name) => `${name} = :${name}`)},
      rank = ${RANK}, finished = ${FINISHED}
    WHERE id = :id AND version = :version - 1`,
  get: `SELECT ${FIELDS} FROM jobs WHERE id = :id`,
  at: `SELECT ${FIELDS} FROM jobs WHERE seq = :seq`,
  waitingRank: `SELECT rank FROM jobs INDEXED BY jobs_waiting
    WHERE type = :type AND state IN ('pending', 'failed') AND rank < :above ORDER BY rank DESC LIMIT 1`,
  waiting: `SELECT seq, rank, dueAt AS since FROM jobs INDEXED BY jobs_waiting
    WHERE type = :type AND rank = :rank AND state IN ('pending', 'failed') AND dueAt <= :now ORDER BY dueAt, seq LIMIT :limit`,
  expiredRank: `SELECT rank FROM jobs INDEXED BY jobs_leased
    WHERE type = :type AND state = 'running' AND rank < :above ORDER BY rank DESC LIMIT 1`,
  expired: `SELECT seq, rank, leaseUntil AS since FROM jobs INDEXED BY jobs_leased
    WHERE type = :type AND rank = :rank AND state = 'running' AND leaseUntil < :now ORDER BY leaseUntil, seq LIMIT :limit`,
  list: `SELECT ${FIELDS} FROM jobs INDEXED BY jobs_in_state
    WHERE state = :state ORDER BY createdAt, seq LIMIT :limit`,
} as const;

type Found = Readonly<Record<string, SQLOutputValue>>;

/** The jobs in an open database. It begins no transaction: that is up to whoever knows what belongs together. */
export class JobTable {
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, db.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared);
  }

  /** Whether anything was changed. */
  write({ op, row }: Write): boolean {
    return Number(this.#statements[op].run({ ...row }).changes) === 1;
  }

  /** The rows are as SQLite gives them: whoever takes them out checks them. */
  read(read: Read): readonly Row[] {
    return this.#find(read) as readonly unknown[] as readonly Row[];
  }

  #find(read: Read): readonly Found[] {
    switch (read.op) {
      case "get":
        return this.#statements.get.all({ id: read.id });
      case "list":
        return this.#statements.list.all({ state: read.query.state, limit: read.query.limit });
      case "claimable":
        return this.#claimable(read.query);
    }
  }

  /**
   * Asks type by type. One query for all of them would have to sort all that is due, and there may be a million; this
   * way each comes sorted out of its index, and only the rows that are answered are read.
   */
  #claimable({ now, limit, types }: ClaimQuery): Found[] {
    const lines = ["waiting", "expired"] as const;
    return [...new Set(types)]
      .flatMap((type) => lines.flatMap((line) => this.#firstIn(line, type, now, limit)))
      .sort(byRank)
      .slice(0, limit)
      .flatMap(({ seq = null }) => this.#statements.at.all({ seq }));
  }

  /**
   * Asks priority by priority, from the highest. One query for all of them would come in the right order, too, but would
   * read all that is not yet due on its way to what is.
   */
  #firstIn(line: "waiting" | "expired", type: string, now: number, limit: number): Found[] {
    const found: Found[] = [];
    let above = Infinity;
    while (found.length < limit) {
      const highest = this.#statements[`${line}Rank`].get({ type, above });
      if (highest === undefined) break;
      const rank = Number(highest["rank"]);
      found.push(...this.#statements[line].all({ type, rank, now, limit: limit - found.length }));
      above = rank;
    }
    return found;
  }
}

/** A higher rank first, then who has been claimable for longest, then who was inserted first. */
function byRank(a: Found, b: Found): number {
  return (
    Number(b["rank"]) - Number(a["rank"]) ||
    Number(a["since"]) - Number(b["since"]) ||
    Number(a["seq"]) - Number(b["seq"])
  );
}
