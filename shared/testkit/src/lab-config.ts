import { existsSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin, ViteUserConfig } from "vitest/config";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { COMMON_TEST_OPTIONS, commonEnvironment, MOST_WORKERS } from "./common-test-options.ts";
import { writeFigures } from "./figures.ts";
import { refuseWithheld, withheldBy } from "./judge/withheld.ts";

/** Which answer `#lab` means. */
export type Target = "reference" | "attempt" | "starter" | "bug";

/** What stands around the reference is tested as well, but no attempt is judged by it. */
const TESTS_AROUND = ["given", "demo", "stores", "engines", "service"].map(
  (folder) => `${folder}/**/*.test.ts`,
);

const FOLDERS: Readonly<Record<Target, string>> = {
  reference: "solution",
  attempt: "attempt",
  starter: "starter",
  bug: "bug",
};

/**
 * The vitest configuration of a lab: the same tests judge whichever answer is meant, and the first line says which.
 *
 * `LAB_TARGET` picks it: reference, attempt, starter or bug. Unless told, it is the attempt where there is one, and
 * otherwise, as in CI, the reference. With the reference go the tests of what stands around it: demo, service, engines.
 * `LAB_TESTS=around` runs these alone, where `lab verify` judges the reference anyway.
 *
 * @example
 * ```ts
 * // labs/worker-pool/vitest.config.ts
 * import { labConfig } from "@pattern-labs/testkit/lab-config";
 *
 * export default labConfig(import.meta.url);
 * ```
 *
 * @throws If `LAB_TARGET` names no answer, or one that does not exist.
 */
export function labConfig(configUrl: string): ViteUserConfig {
  const labDir = dirname(fileURLToPath(configUrl));
  const { target, because } = pickTarget(labDir);
  const around = process.env["LAB_TESTS"] === "around";
  return {
    root: labDir,
    plugins: [withholdPrimitives(labDir)],
    // `#lab` is an entry of the lab's own `imports` in package.json; node and tsc are told by the same conditions.
    ssr: {
      resolve: {
        conditions: [...(target === "reference" ? [] : [target]), "module", "node", "development|production"],
      },
    },
    test: {
      ...COMMON_TEST_OPTIONS,
      include: [
        ...(around ? [] : COMMON_TEST_OPTIONS.include),
        ...(target === "reference" ? TESTS_AROUND : []),
      ],
      name: basename(labDir),
      pool: "forks",
      maxWorkers: MOST_WORKERS,
      // An answer may do anything to its process, so each file has one of its own. What stands around the reference is
      // ours, and leaves nothing that another file would notice: two processes run it, one file after the other.
      isolate: !around,
      env: { ...commonEnvironment(labDir), LAB_TARGET: target },
      reporters: [new LabReporter(labDir, target, because), "default"],
      // What is cached on disk must never be served for another answer.
      fsModuleCache: false,
      // Each file has a process of its own on purpose: no advice on how to save that.
      experimental: { diagnostics: false },
    },
  };
}

function pickTarget(labDir: string): { target: Target; because: string } {
  const name = basename(labDir);
  const asked = process.env["LAB_TARGET"];
  if (asked) {
    if (!isTarget(asked)) {
      throw new Error(`Cannot judge ${asked}: LAB_TARGET must be one of ${Object.keys(FOLDERS).join(", ")}`);
    }
    if (!hasAnswer(labDir, asked)) {
      const hint =
        asked === "attempt" ? `: npx lab start ${name}` : asked === "bug" ? `: npx lab bug ${name}` : "";
      throw new Error(`Cannot judge the ${asked}: there is no ${FOLDERS[asked]}/index.ts${hint}`);
    }
    return { target: asked, because: `LAB_TARGET=${asked}` };
  }
  if (process.env["CI"]) return { target: "reference", because: "as always in CI" };
  if (hasAnswer(labDir, "attempt")) return { target: "attempt", because: "attempt/index.ts" };
  return { target: "reference", because: `there is no attempt yet: npx lab start ${name}` };
}

const isTarget = (text: string): text is Target => Object.hasOwn(FOLDERS, text);

const hasAnswer = (labDir: string, target: Target) => existsSync(join(labDir, FOLDERS[target], "index.ts"));

/** Tells an answer that imports a primitive which it is to build itself. */
function withholdPrimitives(labDir: string): Plugin {
  const withheld = withheldBy(labDir);
  const answers = Object.values(FOLDERS).map((folder) => join(labDir, folder) + sep);
  return {
    name: "pattern-labs:withhold",
    enforce: "pre",
    resolveId(source, importer) {
      if (answers.some((answer) => importer?.startsWith(answer))) refuseWithheld(source, withheld);
    },
  };
}

/**
 * Says first which answer is judged, and last leaves the figures in .results/test.json. A challenge that an attempt
 * took up and does not hold is shown, but does not turn its status red: the core alone decides that.
 */
class LabReporter implements Reporter {
  readonly #labDir: string;
  readonly #target: Target;
  readonly #because: string;

  constructor(labDir: string, target: Target, because: string) {
    this.#labDir = labDir;
    this.#target = target;
    this.#because = because;
  }

  onInit(): void {
    const subject = this.#target === "attempt" ? "your attempt" : `the ${this.#target}`;
    console.log(`${basename(this.#labDir)}: judging ${subject} (${this.#because})`);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    writeFigures(this.#labDir, modules);
    for (const name of challengesNotRun(tests)) console.log(name);

    const broken = modules.filter((module) => !module.ok());
    const onlyExtra = broken.length > 0 && broken.every(isChallenge) && unhandledErrors.length === 0;
    if (this.#target !== "attempt" || !onlyExtra) return;
    console.log("The core holds. What fails belongs to challenges, which are extra: the status stays 0.");
    process.exitCode = 0;
  }
}

/** "challenge priority: not attempted (…)": the names that `challenge` gives to the groups it skips. */
function challengesNotRun(tests: readonly TestCase[]): ReadonlySet<string> {
  const skipped = tests.filter((test) => test.result().state === "skipped");
  const groups = skipped.flatMap(({ parent }) => (parent.type === "suite" ? parent.name : []));
  return new Set(groups.filter((name) => name.startsWith("challenge ")));
}

const isChallenge = (module: TestModule) => basename(module.moduleId).startsWith("challenge-");
