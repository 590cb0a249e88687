import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    pool: "forks",
    execArgv: ["--expose-gc"],
    setupFiles: ["@pattern-labs/testkit/setup"],
    include: ["test/*.test.ts"],
  },
});
