import { enableCompileCache } from "node:module";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** How every lab's tests are run, whoever runs them. */
export const COMMON_TEST_OPTIONS = {
  include: ["test/**/*.test.ts"],
  setupFiles: [fileURLToPath(new URL("./setup.ts", import.meta.url))],
  execArgv: ["--expose-gc"],
  // These only end a test that waits for ever. No verdict depends on the clock.
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/** The environment of every test process of a lab, added to that of whoever runs it. */
export function commonEnvironment(labDir: string): Record<string, string> {
  // Test processes keep what V8 made of vitest's own code: a cold start is a third shorter.
  const { directory } = enableCompileCache();
  return {
    LAB_NAME: basename(labDir),
    ...(directory !== undefined && { NODE_COMPILE_CACHE: dirname(directory) }),
  };
}
