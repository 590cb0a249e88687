/** The process of one strategy: it does what its only argument says, answers once, and ends. */
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import type { Assignment, Reply, Task } from "../assignment.ts";
import type { Bench } from "../define-bench.ts";
import type { Subject } from "./subject.ts";

// Ctrl-C reaches the whole group of processes. The one that started this one ends it.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
// The channel alone is no reason to go on: who waits for something that cannot come is to end, and be reported.
process.channel?.unref();
process.on("uncaughtException", (error) => answer({ kind: "failed", failure: describe(error) }));

const assignment = JSON.parse(process.argv[2] ?? "") as Assignment;
try {
  answer(await perform(await load(assignment), assignment.task));
} catch (error) {
  answer({ kind: "failed", failure: describe(error) });
}

async function load({ file, workload, strategy }: Assignment): Promise<Subject> {
  const { default: bench } = (await import(pathToFileURL(file).href)) as { default: Bench };
  const found = bench.workloads[workload];
  const chosen = found?.strategies[strategy];
  if (found === undefined || chosen === undefined) throw new Error("The bench file has changed meanwhile.");
  return { workload: found, strategy: chosen };
}

/** Each task is loaded only where it is done: what it needs is no part of the others' processes. */
async function perform(subject: Subject, task: Task): Promise<Reply> {
  if (task.kind === "count") return (await import("./count.ts")).count(subject);
  if (task.kind === "measure") return (await import("./measure.ts")).measure(subject, task.timeMs);
  return (await import("./profile.ts")).profile(subject, task);
}

function answer(reply: Reply): void {
  process.send?.(reply, undefined, undefined, () => process.exit());
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `threw ${inspect(error)}`;
}
