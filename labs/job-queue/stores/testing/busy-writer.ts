/**
 * A process that inserts jobs and takes them to their end, ten at a time, until it is killed. It prints each write as soon
 * as the store has answered: its number, the id, and the version that is stored now.
 *
 * ```sh
 * node busy-writer.ts jobs.db first-of-all
 * ```
 */
import { openSqliteStore } from "../sqlite-store.ts";
import { job, next } from "./jobs.ts";

const [file = "", name = ""] = process.argv.slice(2);
const store = await openSqliteStore(file, { busyTimeoutMs: 60_000 });
let begun = 0;
let answered = 0;

function told(id: string, version: number, done: boolean): void {
  if (!done) throw new Error(`Nobody else writes ${id}, and yet version ${version} was refused`);
  answered += 1;
  console.log(`${answered} ${id} ${version}`); // To a pipe: written when this returns.
}

async function work(): Promise<never> {
  for (;;) {
    begun += 1;
    const pending = job(`${name}-${begun}`, { payload: { bytes: "x".repeat(begun % 5_000) } });
    told(pending.id, 1, await store.insert(pending));
    const running = next(pending, { state: "running", leaseUntil: 9, leaseId: name });
    told(pending.id, 2, await store.swap(running));
    told(
      pending.id,
      3,
      await store.swap(next(running, { state: "completed", result: begun, leaseUntil: 0 })),
    );
  }
}

await Promise.all(Array.from({ length: 10 }, work));
