import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { copyOfLab } from "../fixtures/copy-of-lab.ts";
import { labConfig } from "./lab-config.ts";
import { startProcess } from "./process.ts";
import { HUNG_AFTER_VARIABLE } from "./watchdog/report.ts";

interface RunOptions {
  readonly edit?: (text: string) => string;
  readonly files?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const VITEST = join(import.meta.dirname, "../node_modules/vitest/vitest.mjs");

/** Runs `vitest run`, on some of the files or all, in a copy of the lab "gate" whose attempt is the reference edited. */
async function run({ edit, files = [], env = {} }: RunOptions = {}) {
  using lab = copyOfLab("gate");
  const { labDir } = lab;
  if (edit) {
    cpSync(join(labDir, "solution"), join(labDir, "attempt"), { recursive: true });
    const file = join(labDir, "attempt/index.ts");
    writeFileSync(file, edit(readFileSync(file, "utf8")));
  }
  await using vitest = await startProcess(process.execPath, [VITEST, "run", ...files], {
    cwd: labDir,
    env: {
      CI: undefined,
      LAB_TARGET: undefined,
      LAB_TESTS: undefined,
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      ...env,
    },
  });
  const { code } = await vitest.exit;
  const counts = JSON.parse(readFileSync(join(labDir, ".results/test.json"), "utf8"));
  return {
    code,
    counts,
    firstLine: vitest.stdout.split("\n", 1)[0]?.replaceAll(basename(labDir), "gate"),
    output: vitest.stdout + vitest.stderr,
  };
}

describe("vitest run with labConfig", () => {
  it("judges the reference where there is no attempt", async () => {
    expect(await run()).toMatchObject({
      code: 0,
      counts: { passed: 5, failed: 0, skipped: 0 },
      firstLine: "gate: judging the reference (there is no attempt yet: npx lab start gate)",
    });
  });

  it("passes an attempt that holds the core, and says which challenges it does not take up", async () => {
    const result = await run({
      edit: (text) => text.replace("export const attempted", "const attempted"),
      files: ["2-close", "challenge-queue"],
    });
    expect(result).toMatchObject({
      code: 0,
      counts: { passed: 1, failed: 0, skipped: 1 },
      firstLine: "gate: judging your attempt (attempt/index.ts)",
    });
    expect(result.output).toContain("\nchallenge queue: not attempted (");
  });

  it("shows a challenge that fails, and yet passes the attempt", async () => {
    const result = await run({
      edit: (text) => text.replace("if (!tryEnter()) await", "if (tryEnter()) await"),
      files: ["2-close", "challenge-queue"],
    });
    expect(result).toMatchObject({ code: 0, counts: { passed: 1, failed: 1, skipped: 0 } });
    expect(result.output).toContain("The core holds.");
  });

  it("fails an attempt that imports what the lab withholds, and says why", async () => {
    const result = await run({
      edit: (text) => `import "@pattern-labs/primitives/semaphore";\n${text}`,
      files: ["2-close"],
    });
    expect(result).toMatchObject({ code: 1 });
    expect(result.output).toContain(
      "this lab has you build semaphore: @pattern-labs/primitives/semaphore is withheld here",
    );
  });

  it("ends an attempt that hangs, and says where", async () => {
    const result = await run({
      edit: (text) => text.replace("if (closed ||", "while (closed);\n    if ("),
      files: ["2-close"],
      env: { [HUNG_AFTER_VARIABLE]: "1000" },
    });
    expect(result).toMatchObject({ code: 1 });
    expect(result.output).toMatch(
      /^Hung: the code has run for 1 s of CPU time without letting anything else happen, in tryEnter \(attempt\/index.ts:12:\d+\)$/m,
    );
  });
});

describe("labConfig", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  function config(labDir: string, env: { CI?: string; LAB_TARGET?: string; LAB_TESTS?: string }) {
    vi.stubEnv("CI", env.CI);
    vi.stubEnv("LAB_TARGET", env.LAB_TARGET);
    vi.stubEnv("LAB_TESTS", env.LAB_TESTS);
    return labConfig(pathToFileURL(join(labDir, "vitest.config.ts")).href);
  }
  const targetOf = (...args: Parameters<typeof config>) => config(...args).test?.env?.["LAB_TARGET"];

  it("lets LAB_TARGET pick the answer, and otherwise prefers the attempt, except in CI", () => {
    using lab = copyOfLab("gate");
    const { labDir } = lab;
    mkdirSync(join(labDir, "attempt"));
    writeFileSync(join(labDir, "attempt/index.ts"), "");
    expect(targetOf(labDir, {})).toBe("attempt");
    expect(targetOf(labDir, { CI: "true" })).toBe("reference");
    expect(targetOf(labDir, { CI: "true", LAB_TARGET: "attempt" })).toBe("attempt");
    expect(targetOf(labDir, { LAB_TARGET: "starter" })).toBe("starter");
    expect(targetOf(labDir, { LAB_TARGET: "reference" })).toBe("reference");
  });

  it("tests what stands around the reference with it, or alone, and never with another answer", () => {
    using lab = copyOfLab("gate");
    const tests = (env: { LAB_TARGET: string; LAB_TESTS?: string }) => config(lab.labDir, env).test?.include;
    expect(tests({ LAB_TARGET: "reference" })).toEqual(
      expect.arrayContaining(["test/**/*.test.ts", "demo/**/*.test.ts"]),
    );
    const around = tests({ LAB_TARGET: "reference", LAB_TESTS: "around" });
    expect(around).toContain("demo/**/*.test.ts");
    expect(around).not.toContain("test/**/*.test.ts");
    expect(tests({ LAB_TARGET: "starter" })).toEqual(["test/**/*.test.ts"]);
  });

  it("refuses a LAB_TARGET that is unknown or not there", () => {
    using lab = copyOfLab("gate");
    expect(() => config(lab.labDir, { LAB_TARGET: "solution" })).toThrow(
      "Cannot judge solution: LAB_TARGET must be one of reference, attempt, starter, bug",
    );
    expect(() => config(lab.labDir, { LAB_TARGET: "attempt" })).toThrow(
      "Cannot judge the attempt: there is no attempt/index.ts: npx lab start gate-",
    );
  });
});
