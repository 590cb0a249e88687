import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { copyOfLab } from "../fixtures/copy-of-lab.ts";
import { createJudge, type Judge, type Judgement, type JudgeRequest } from "./judge.ts";
import { defineMutants, type Mutant, type MutantResult, runMutants } from "./mutants.ts";

const LIMIT = "inside >= limit";

const offByOne: Mutant = {
  id: "off-by-one",
  bug: "lets one more in than it should",
  caughtBy: "1.2",
  edits: [{ find: LIMIT, replace: "inside > limit" }],
};

/** Breaks for all what only the next one uses, and neither the tests nor the reference do. */
const vandal: Mutant = {
  id: "vandal",
  bug: "lets one more in than it should",
  caughtBy: "1.2",
  edits: [{ find: LIMIT, replace: "(Math.max = () => 9) && inside > limit" }],
};

const victim: Mutant = {
  id: "victim",
  bug: "none",
  caughtBy: "1.2",
  edits: [{ find: LIMIT, replace: "Math.max(inside, limit) === inside" }],
};

const mutants = defineMutants([
  offByOne,
  { id: "forgets-limit", bug: "lets everybody in", caughtBy: "never more than", wrong: true },
  {
    id: "nobody-served",
    bug: "whoever waits is never called",
    caughtBy: "queue.1",
    edits: [
      { file: "line.ts", find: "      next?.();\n", replace: "" },
      { find: "if (tryEnter() && !line.serve())", replace: "if (tryEnter() && line.serve())" },
    ],
  },
  {
    id: "spins",
    bug: "whoever leaves waits for an empty gate",
    caughtBy: "1.3",
    edits: [
      { find: "    inside -= 1;\n    if", replace: "    while (inside > 0);\n    inside -= 1;\n    if" },
    ],
  },
  {
    id: "harmless",
    bug: "none",
    caughtBy: "1.1",
    edits: [{ find: "let inside = 0", replace: "let inside = 0 * 2" }],
  },
  {
    // What it breaks is seen in one file alone: of two, it would be chance which fails first.
    id: "misnamed",
    bug: "lets one more in than it should, unless it is for one",
    caughtBy: "1.1",
    edits: [{ find: LIMIT, replace: "inside >= limit + Number(limit > 1)" }],
  },
  {
    id: "nonsense",
    bug: "no bug at all",
    caughtBy: "1.1",
    edits: [{ find: LIMIT, replace: "limit.of.what > 1" }],
  },
  {
    id: "unreadable",
    bug: "no program at all",
    caughtBy: "1.1",
    edits: [{ find: LIMIT, replace: "inside >=" }],
  },
  { id: "ambiguous", bug: "?", caughtBy: "1.1", edits: [{ find: "inside", replace: "outside" }] },
  {
    id: "outdated",
    bug: "?",
    caughtBy: "1.1",
    edits: [{ file: "line.ts", find: "waiting.pop()", replace: "waiting.shift()" }],
  },
  { id: "unknown-test", bug: "?", caughtBy: "1.9", edits: [{ find: LIMIT, replace: "inside > limit" }] },
  { id: "unwritten", bug: "?", caughtBy: "1.1", wrong: true },
]);

describe("runMutants", () => {
  let lab: ReturnType<typeof copyOfLab>;
  let labDir: string;
  let judge: Judge;
  let results: readonly MutantResult[];
  /** What became of the reference when all those mutants were judged. */
  let reference: Judgement | undefined;

  beforeAll(async () => {
    lab = copyOfLab("gate");
    ({ labDir } = lab);
    rmSync(join(labDir, "test/2-close.test.ts")); // Two files show it all, and each is a process for every answer.
    judge = await createJudge({ labDir, hungAfterCpuMs: 1_000 });
    const listening: Judge = {
      ...judge,
      run: async (requests) => {
        const judgements = await judge.run(requests);
        reference ??= judgements.find(({ answer }) => answer.kind === "reference");
        return judgements;
      },
    };
    results = await runMutants({ labDir, mutants: [...mutants, vandal, victim], judge: listening });
  });
  afterAll(async () => {
    await judge[Symbol.asyncDispose]();
    lab[Symbol.dispose]();
  });

  it("gives each mutant its verdict", () => {
    expect(
      results
        .slice(0, mutants.length)
        .map(({ id, verdict, error }) => `${id}: ${verdict}${error === undefined ? "" : `: ${error}`}`),
    ).toEqual([
      "off-by-one: caught: What happened:       3 were inside at once",
      "forgets-limit: caught: What happened:       5 were inside at once",
      expect.stringMatching("^nobody-served: caught: "),
      expect.stringMatching("^spins: caught: Hung: .*, in leave \\(solution/index.ts:"),
      "harmless: survived",
      "misnamed: wrong test: What happened:       3 were inside at once",
      "nonsense: crashed: TypeError: Cannot read properties of undefined (reading 'what')",
      expect.stringMatching("^unreadable: crashed: \\[PARSE_ERROR\\]"),
      "ambiguous: does not apply: mutant ambiguous: the text it replaces occurs 5 times in solution/index.ts, must be 1",
      "outdated: does not apply: mutant outdated: the text it replaces occurs 0 times in solution/line.ts, must be 1",
      'unknown-test: does not apply: mutant unknown-test: no test is named "1.9"',
      "unwritten: does not apply: mutant unwritten: there is no wrong/unwritten/index.ts",
    ]);
    expect(results[1]).toMatchObject({
      bug: "lets everybody in",
      caughtBy: "1.2 never more than `limit` are inside",
    });
  });

  it("is not misled by what a mutant does to the process that it shares with others", () => {
    expect(results.slice(-2).map(({ id, verdict }) => `${id}: ${verdict}`)).toEqual([
      "vandal: caught",
      "victim: survived",
    ]);
  });

  it("gives each mutant a process of its own in a soak", async () => {
    vi.stubEnv("SOAK", "1");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const screened: JudgeRequest[] = [];
    const listening: Judge = {
      ...judge,
      screen: async (requests) => {
        screened.push(...requests);
        return new Map();
      },
    };
    const [result] = await runMutants({ labDir, mutants: [offByOne], judge: listening, reference });
    expect(result?.verdict).toBe("caught");
    expect(screened).toEqual([]);
  });

  it("refuses to judge by a test that the reference does not pass", async () => {
    // A judge to whom the reference is the mutant that is off by one, and one file is all.
    const misled: Judge = {
      run: (requests) =>
        judge.run(
          requests.map((request) => ({
            ...request,
            answer: { kind: "variant", mutant: offByOne },
            files: ["test/1-bounded.test.ts"],
          })),
        ),
      screen: judge.screen,
      [Symbol.asyncDispose]: async () => {},
    };
    await expect(runMutants({ labDir, mutants: [offByOne], judge: misled })).rejects.toThrow(
      'the reference does not pass "1.2 never more than `limit` are inside": What happened:       3 were inside at once',
    );
  });

  it("does not run the reference again where it is told what became of it", async () => {
    const judged: string[] = [];
    const note = (requests: readonly JudgeRequest[]) =>
      judged.push(...requests.map(({ answer }) => answer.kind));
    const listening: Judge = {
      run: (requests) => {
        note(requests);
        return judge.run(requests);
      },
      screen: (requests) => {
        note(requests);
        return judge.screen(requests);
      },
      [Symbol.asyncDispose]: async () => {},
    };
    const [result] = await runMutants({ labDir, mutants: [offByOne], judge: listening, reference });
    expect(result?.verdict).toBe("caught");
    expect(judged).toEqual(["variant"]);
    const failed = reference?.tests.map((test) => ({ ...test, state: "failed" as const })) ?? [];
    const broken = { answer: { kind: "reference" } as const, problems: [], tests: failed };
    await expect(
      runMutants({ labDir, mutants: [offByOne], judge: listening, reference: broken }),
    ).rejects.toThrow("the reference does not pass");
  });
});
