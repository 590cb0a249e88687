/**
 * A process that claims jobs in competition with others, until there are none, and prints the ids of those it got.
 *
 * ```sh
 * node claimant.ts jobs.db first
 * ```
 */
import { openSqliteStore } from "../sqlite-store.ts";
import { next } from "./jobs.ts";

const [file = "", name = ""] = process.argv.slice(2);
await using store = await openSqliteStore(file, { busyTimeoutMs: 60_000 });
console.log("ready");
await new Promise((resolve) => process.stdin.once("end", resolve).resume());

for (;;) {
  const found = await store.claimable({ now: 0, limit: 10, types: ["mail"] });
  if (found.length === 0) break;
  const claim = { state: "running", leaseUntil: 1, leaseId: name } as const;
  const won = await Promise.all(found.map((job) => store.swap(next(job, claim))));
  for (const [n, { id }] of found.entries()) if (won[n]) console.log(`got ${id}`);
}
