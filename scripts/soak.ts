/**
 * The long forms: ten times as many schedules for every exploration, and everything ten times over, so that a test
 * that fails now and then is found. It asserts what the tests assert, and never milliseconds.
 */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";

const ROUNDS = 10;
const root = resolve(import.meta.dirname, "..");

for (let round = 1; round <= ROUNDS; round += 1) {
  console.log(`soak: round ${round} of ${ROUNDS}`);
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
  if (status !== 0) {
    console.log(`soak: failed in round ${round}`);
    process.exit(1);
  }
}
console.log(`soak: ${ROUNDS} rounds passed`);
