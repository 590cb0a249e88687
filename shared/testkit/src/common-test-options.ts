import { enableCompileCache } from "node:module";
import { availableParallelism } from "node:os";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * It only ends a test that waits for ever: no verdict depends on the clock. A soak explores ten times as much, and the
 * machines of CI may be ten times as busy; at a learner's desk nobody wants to wait that long.
 */
const PATIENCE_MS = process.env["SOAK"] || process.env["CI"] ? 600_000 : 60_000;

/** Two at least, also where there are two cores: half of the time tests wait for processes that they have started. */
export const MOST_WORKERS = Math.max(2, availableParallelism() - 1);

/** How every lab's tests are run, whoever runs them. */
export const COMMON_TEST_OPTIONS = {
  include: ["test/**/*.test.ts"],
  setupFiles: [fileURLToPath(new URL("./setup.ts", import.meta.url))],
  // Most test processes live for a quarter of a second: one that is not collected in that time is a tenth cheaper.
  execArgv: ["--expose-gc", "--min-semi-space-size=16", "--max-semi-space-size=32"],
  // What the labs share is loaded by Node itself, which keeps what V8 made of it; only the lab's own files pass vite.
  server: { deps: { external: [/[/\\]shared[/\\](testkit|primitives|picture)[/\\]src[/\\]/] } },
  testTimeout: PATIENCE_MS,
  hookTimeout: PATIENCE_MS,
};

/** The environment of every test process of a lab, added to that of whoever runs it. */
export function commonEnvironment(labDir: string): Record<string, string> {
  return { LAB_NAME: basename(labDir), ...compileCache() };
}

/** With it test processes keep what V8 made of vitest's own code: a cold start is a third shorter. */
export function compileCache(): Record<string, string> {
  const { directory } = enableCompileCache();
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}
