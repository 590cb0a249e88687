/**
 * A process that closes nothing, and waits for nothing: it opens two stores, inserts one job, and comes to its end.
 *
 * ```sh
 * node forgetful.ts jobs.db
 * ```
 */
import { openSqliteStore } from "../sqlite-store.ts";
import { job } from "./jobs.ts";

const file = process.argv[2] ?? "";
await openSqliteStore(file);
const store = await openSqliteStore(file);
void store.insert(job("a"));
