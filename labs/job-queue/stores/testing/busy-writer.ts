/**
 * A process that inserts jobs and takes them to their end, ten at a time, until it is killed. As soon as the store has
 * answered a write, it notes the id and the version that is stored now in a file, and prints how many answers that makes.
 * What is printed would not do: if whoever reads is behind, it is kept in this process, and dies with it.
 *
 * ```sh
 * node busy-writer.ts jobs.db first-of-all answers.txt
 * ```
 */
import { appendFileSync } from "node:fs";
import { openSqliteStore } from "../sqlite-store.ts";
import { job, next } from "./jobs.ts";

const [file = "", name = "", answers = ""] = process.argv.slice(2);
const store = await openSqliteStore(file, { busyTimeoutMs: 60_000 });
let begun = 0;
let answered = 0;

function told(id: string, version: number, done: boolean): void {
  if (!done) throw new Error(`Nobody else writes ${id}, and yet version ${version} was refused`);
  answered += 1;
  appendFileSync(answers, `${id} ${version}\n`);
  console.log(`${answered} answered`);
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
