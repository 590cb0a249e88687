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
