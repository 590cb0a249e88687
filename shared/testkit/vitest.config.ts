import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { pool: "forks", execArgv: ["--expose-gc"], setupFiles: ["./src/setup.ts"], include: ["src/**/*.test.ts", "zoo/**/*.test.ts"] },
});
