/**
 * Measures what a learner waits for: from the moment a file is written to the moment the verdict is on the screen of
 * `lab watch`. The attempt is by turns the reference and the starter of a lab, in a copy of it.
 *
 *     node shared/runner/src/testing/save-to-verdict.ts worker-pool
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findLab, readRoad } from "../road.ts";
import { findRoot } from "../workspace.ts";
import { screenOf } from "./screen-of.ts";

const rounds = 5;

const root = findRoot(process.cwd());
const lab = findLab(readRoad(root), process.argv[2] ?? "worker-pool");
const copy = mkdtempSync(join(import.meta.dirname, "..", "..", ".results", "measure-"));
const folder = join(copy, "labs", lab.name);
try {
  copyLab();
  for (const [index, title] of lab.steps.entries()) console.log(await measure(index + 1, title));
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function copyLab(): void {
  const leaveOut = /[\\/](node_modules|\.results|\.turbo|attempt)$/;
  cpSync(lab.folder, folder, { recursive: true, filter: (path) => !leaveOut.test(path) });
  cpSync(join(folder, "solution"), join(folder, "attempt"), { recursive: true });
  symlinkSync(join(lab.folder, "node_modules"), join(folder, "node_modules"));
  for (const file of ["pnpm-workspace.yaml", "tsconfig.base.json"])
    cpSync(join(root, file), join(copy, file));
}

async function measure(step: number, title: string): Promise<string> {
  const [reference, starter] = ["solution", "starter"].map((name) =>
    readFileSync(join(folder, name, "index.ts"), "utf8"),
  );
  writeFileSync(join(folder, "attempt", "index.ts"), starter ?? "");
  await using screen = screenOf(copy, ["watch", "--step", String(step)]);
  await screen.shows(/not written yet/);

  const saved = async (text: string | undefined, verdict: RegExp) => {
    await pause(1500); // A learner types in between, while the earlier steps and the types are looked at.
    const begin = performance.now();
    writeFileSync(join(folder, "attempt", "index.ts"), text ?? "");
    await screen.shows(verdict);
    return Math.round(performance.now() - begin);
  };
  const passing: number[] = [];
  const failing: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    passing.push(await saved(reference, new RegExp(`Step ${step} passes`)));
    failing.push(await saved(starter, /not written yet/));
  }
  screen.press("q");
  await screen.status;
  return `${title}: passing ${passing.join(", ")} ms; failing ${failing.join(", ")} ms`;
}
