/**
 * The long forms: ten times as many schedules for every exploration, and everything ten times over, so that a test
 * that fails now and then is found. It asserts what the tests assert, and never milliseconds. What they have counted is
 * printed after each round.
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROUNDS = 10;
const root = resolve(import.meta.dirname, "..");

for (let round = 1; round <= ROUNDS; round += 1) {
  console.log(`soak: round ${round} of ${ROUNDS}`);
  for (const { file } of countsFiles()) rmSync(file);
  const { status } = spawnSync(
    "turbo",
    [
      ...["run", "test", "--force", "--continue", "--output-logs=errors-only"],
      `--concurrency=${availableParallelism() + 1}`,
    ],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, LAB_TARGET: "reference", SOAK: "1" },
    },
  );
  for (const { name, file } of countsFiles()) {
    for (const line of readFileSync(file, "utf8").trimEnd().split("\n"))
      console.log(`soak: ${name}: ${line}`);
  }
  if (status !== 0) {
    console.log(`soak: failed in round ${round}`);
    process.exit(1);
  }
}
console.log(`soak: ${ROUNDS} rounds passed`);

/** What the tests of a package have left by `tellCounts` of the test kit. */
function countsFiles(): readonly { readonly name: string; readonly file: string }[] {
  return globSync("{labs,shared}/*/.results/counts.txt", { cwd: root }).map((file) => ({
    name: dirname(dirname(file)),
    file: join(root, file),
  }));
}
