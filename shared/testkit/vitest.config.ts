import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    pool: "forks",
    execArgv: ["--expose-gc"],
    setupFiles: ["./src/setup.ts"],
    include: ["src/**/*.test.ts", "zoo/**/*.test.ts"],
    // These only end a test that waits for ever. No verdict depends on the clock.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
