/**
 * Everything that must hold: types, lint, unit tests, every lab's tests on its reference, and `lab verify`; or with
 * "site" the pages in a browser. What did not change since it last passed is not run again. The last line counts:
 * "N passed, N failed".
 *
 *     npm test                node scripts/test.ts
 *     npm run test:site       node scripts/test.ts site
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const runs = join(root, ".turbo", "runs");

interface Task {
  readonly task: string;
  readonly directory: string;
  readonly command: string;
  readonly execution?: { readonly exitCode?: number };
}

interface Count {
  readonly passed: number;
  readonly failed: number;
  /** What they need is not on this machine. */
  readonly skipped?: number;
}

// A cached task puts its results back, so whatever stands there afterwards belongs to this run.
for (const file of globSync("{docs,{labs,shared}/*}/.results/*.json", { cwd: root }))
  rmSync(join(root, file));
rmSync(runs, { recursive: true, force: true });

const turbo = spawnSync(
  "turbo",
  [
    "run",
    ...tasksOf(process.argv.slice(2)),
    "--continue",
    // Each task has processes of its own, and waits for them at times. Many more at once than there are cores would only
    // wait for each other, and need the memory of all.
    `--concurrency=${availableParallelism() + 2}`,
    "--summarize",
    "--output-logs=errors-only",
  ],
  {
    cwd: root,
    stdio: "inherit",
    // The reference is judged by `verify`; what is left for `test` is what stands around it.
    env: { ...process.env, LAB_TARGET: "reference", LAB_TESTS: "around" },
  },
);
if (turbo.error !== undefined) throw turbo.error;

const counts = readTasks().map(countOf);
const sumOf = (what: keyof Count) => counts.reduce((sum, count) => sum + (count[what] ?? 0), 0);
const passed = sumOf("passed");
const failed = sumOf("failed");
const skipped = sumOf("skipped");
if (skipped > 0)
  console.log(`${skipped} skipped: \`npm run services\` gets the servers and the browser that they need`);
const broken = failed === 0 && turbo.status !== 0 ? 1 : 0;
console.log(`${passed} passed, ${failed + broken} failed`);
process.exitCode = failed + broken === 0 ? 0 : 1;

function tasksOf([name, ...rest]: readonly string[]): readonly string[] {
  if (name === undefined) return ["//#lint", "//#workspace", ...typechecks(), "test", "verify"];
  if (name === "site" && rest.length === 0) return ["docs#site"];
  console.error(`Cannot test: what may be named is "site", got ${[name, ...rest].join(" ")}`);
  process.exit(2);
}

/** `lab verify` type-checks its lab with each answer, so only what is no lab is checked by a task of its own. */
function typechecks(): readonly string[] {
  return globSync("{docs,shared/*}/package.json", { cwd: root }).map((file) => {
    const { name } = JSON.parse(readFileSync(join(root, file), "utf8")) as { readonly name: string };
    return `${name}#typecheck`;
  });
}

function readTasks(): readonly Task[] {
  const [summary] = globSync("*.json", { cwd: runs });
  if (summary === undefined) return [];
  const { tasks } = JSON.parse(readFileSync(join(runs, summary), "utf8")) as {
    readonly tasks: readonly Task[];
  };
  return tasks.filter(({ command }) => command !== "<NONEXISTENT>");
}

/** Tests and checks are counted one by one, where the task has left its numbers; any other task is one. */
function countOf({ task, directory, execution }: Task): Count {
  const failed = execution?.exitCode === 0 ? 0 : 1;
  try {
    const count = JSON.parse(
      readFileSync(join(root, directory, ".results", `${task}.json`), "utf8"),
    ) as Count;
    return { ...count, failed: Math.max(count.failed, failed) };
  } catch {
    return { passed: 1 - failed, failed };
  }
}
