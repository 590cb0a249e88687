/**
 * The long forms: ten times as many schedules for every exploration, and everything ten times over, so that a test
 * that fails now and then is found. It asserts what the tests assert, and never milliseconds.
 *
 * The first round also counts: a hundred kills, a hundred thousand jobs, every page of the site. These take longer than
 * all the rest, find what is lost and not what is flaky, and so come once. What they have counted is printed.
 *
 *     npm run soak            ten rounds
 *     npm run soak -- 3       three
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const rounds = roundsOf(process.argv.slice(2));
const began = performance.now();

for (let round = 1; round <= rounds; round += 1) {
  console.log(`soak: round ${round} of ${rounds}, after ${minutesSince(began)}`);
  for (const { file } of countsFiles()) rmSync(file);
  const { status } = spawnSync(
    "turbo",
    [
      ...["run", "test", "site", "--force", "--continue", "--output-logs=errors-only"],
      `--concurrency=${availableParallelism() + 1}`,
    ],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, LAB_TARGET: "reference", SOAK: round === 1 ? "1" : "explore" },
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
console.log(`soak: ${rounds} rounds passed, in ${minutesSince(began)}`);

function roundsOf([text = "10", ...rest]: readonly string[]): number {
  if (rest.length === 0 && /^[1-9]\d*$/.test(text)) return Number(text);
  console.error(
    `Cannot soak: the number of rounds must be a whole number from 1, got ${[text, ...rest].join(" ")}`,
  );
  process.exit(2);
}

function minutesSince(start: number): string {
  return `${Math.round((performance.now() - start) / 60_000)} min`;
}

/** What the tests of a package have left by `tellCounts` of the test kit. */
function countsFiles(): readonly { readonly name: string; readonly file: string }[] {
  return globSync("{labs,shared}/*/.results/counts.txt", { cwd: root }).map((file) => ({
    name: dirname(dirname(file)),
    file: join(root, file),
  }));
}
