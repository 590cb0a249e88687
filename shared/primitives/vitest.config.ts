import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--expose-gc"],
    setupFiles: ["@pattern-labs/testkit/setup"],
  },
});
