import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestModule } from "vitest/node";

/** Leaves in `.results/<task>.json` how many tests passed and failed; the test of the whole repository adds them up. */
export function writeFigures(packageDir: string, modules: readonly TestModule[], task = "test"): void {
  const states = modules.flatMap(({ children }) =>
    [...children.allTests()].map((test) => test.result().state),
  );
  const count = (wanted: string) => states.filter((state) => state === wanted).length;
  const unloaded = modules.filter((module) => module.errors().length > 0).length;
  const figures = {
    passed: count("passed"),
    failed: count("failed") + unloaded,
    skipped: count("skipped"),
  };
  const folder = join(packageDir, ".results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${task}.json`), `${JSON.stringify(figures)}\n`);
}
