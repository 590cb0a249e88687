import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ViteUserConfig } from "vitest/config";
import type { InlineConfig } from "vitest/node";
import { COMMON_TEST_OPTIONS, compileCache, MOST_WORKERS } from "./common-test-options.ts";
import { writeFigures } from "./figures.ts";

/**
 * The vitest configuration of a package that is tested with this kit: simulated time on request, a process for each
 * file, and the figures of the `task` left for the test of the whole repository. `overrides` win over what stands here.
 *
 * @example
 * ```ts
 * // shared/primitives/vitest.config.ts
 * import { packageConfig } from "@pattern-labs/testkit/package-config";
 *
 * export default packageConfig(import.meta.url);
 * ```
 */
export function packageConfig(
  configUrl: string,
  overrides: InlineConfig = {},
  task = "test",
): ViteUserConfig {
  const packageDir = dirname(fileURLToPath(configUrl));
  return {
    root: packageDir,
    test: {
      ...COMMON_TEST_OPTIONS,
      // Tests of the packages start processes that start processes; on a machine with other things to do that takes long.
      testTimeout: 600_000,
      hookTimeout: 600_000,
      include: ["src/**/*.test.ts"],
      pool: "forks",
      maxWorkers: MOST_WORKERS,
      env: compileCache(),
      reporters: ["default", { onTestRunEnd: (modules) => writeFigures(packageDir, modules, task) }],
      // Each file has a process of its own on purpose: no advice on how to save that.
      experimental: { diagnostics: false },
      ...overrides,
    },
  };
}
