import { mkdirSync, writeFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import type { Reporter } from "vitest/node";

/** Leaves the figures for the test of the whole repository, which adds them up. */
const summary: Reporter = {
  onTestRunEnd(modules) {
    const states = modules.flatMap(({ children }) =>
      [...children.allTests()].map((test) => test.result().state),
    );
    const count = (wanted: string) => states.filter((state) => state === wanted).length;
    const figures = { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
    mkdirSync(new URL(".results/", import.meta.url), { recursive: true });
    writeFileSync(new URL(".results/test.json", import.meta.url), `${JSON.stringify(figures)}\n`);
  },
};

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--expose-gc"],
    setupFiles: ["@pattern-labs/testkit/setup"],
    reporters: ["default", summary],
    testTimeout: 60_000, // It only ends what waits for ever; no verdict depends on the clock.
  },
});
