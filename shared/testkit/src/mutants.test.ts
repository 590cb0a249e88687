import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJudge, type Judge } from "./judge.ts";
import { defineMutants, type Mutant, runMutants } from "./mutants.ts";

const labDir = join(import.meta.dirname, "../fixtures/gate");

const LIMIT = "inside >= limit";

const offByOne: Mutant = {
  id: "off-by-one",
  bug: "lets one more in than it should",
  caughtBy: "1.2",
  edits: [{ find: LIMIT, replace: "inside > limit" }],
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
    bug: "a closed gate never answers",
    caughtBy: "2.1",
    edits: [{ find: "if (closed ||", replace: "while (closed);\n    if (" }],
  },
  {
    id: "harmless",
    bug: "none",
    caughtBy: "1.1",
    edits: [{ find: "let inside = 0", replace: "let inside = 0 * 2" }],
  },
  {
    id: "misnamed",
    bug: "lets one more in than it should",
    caughtBy: "1.1",
    edits: [{ find: LIMIT, replace: "inside > limit" }],
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
  let judge: Judge;
  beforeAll(async () => {
    judge = await createJudge({ labDir, hungAfterCpuMs: 1_500 });
  });
  afterAll(() => judge[Symbol.asyncDispose]());

  it("gives each mutant its verdict", async () => {
    const results = await runMutants({ labDir, mutants, judge });
    expect(
      results.map(({ id, verdict, error }) => `${id}: ${verdict}${error === undefined ? "" : `: ${error}`}`),
    ).toEqual([
      "off-by-one: caught: What happened:       3 were inside at once",
      "forgets-limit: caught: What happened:       5 were inside at once",
      expect.stringMatching("^nobody-served: caught: "),
      expect.stringMatching("^spins: caught: Hung: .*, in tryEnter \\(solution/index.ts:"),
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

  it("refuses to judge by a test that the reference does not pass", async () => {
    // A judge to whom the reference is the mutant that is off by one.
    const misled: Judge = {
      run: (requests) =>
        judge.run(requests.map((request) => ({ ...request, answer: { kind: "variant", mutant: offByOne } }))),
      [Symbol.asyncDispose]: async () => {},
    };
    await expect(runMutants({ labDir, mutants: [offByOne], judge: misled })).rejects.toThrow(
      'the reference does not pass "1.2 never more than `limit` are inside": What happened:       3 were inside at once',
    );
  });

  it("does not run the reference again where it is told what became of it", async () => {
    const [reference] = await judge.run([{ answer: { kind: "reference" } }]);
    const judged: string[] = [];
    const listening: Judge = {
      run: (requests) => {
        judged.push(...requests.map(({ answer }) => answer.kind));
        return judge.run(requests);
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
