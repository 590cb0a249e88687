import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyOfLab } from "../fixtures/copy-of-lab.ts";
import {
  type Answer,
  createJudge,
  type Judge,
  type Judgement,
  type JudgeRequest,
  type TestOutcome,
} from "./judge.ts";
import type { Mutant } from "./mutants.ts";

const inShort = ({ tests }: Judgement) => tests.map(({ guarantee, state }) => `${guarantee} ${state}`);

const variant = (mutant: Pick<Mutant, "id" | "edits" | "wrong">): Answer => ({
  kind: "variant",
  mutant: { bug: "", caughtBy: "", ...mutant },
});

async function judgeOne(judge: Judge, request: JudgeRequest): Promise<Judgement> {
  const [judgement] = await judge.run([request]);
  return judgement as Judgement;
}

describe("Judge.run", () => {
  const started: string[] = [];
  const ended: TestOutcome[] = [];
  /** Asked at one go, for the tests below to look at what became of each: every file of every answer costs a process. */
  const requests = {
    reference: { answer: { kind: "reference" } },
    starter: { answer: { kind: "starter" } },
    "no attempt": { answer: { kind: "attempt" }, files: ["test/2-close.test.ts"] },
    "a wrong answer": { answer: variant({ id: "forgets-limit", wrong: true }), titles: ["1.2"] },
    "a wrong part": {
      answer: variant({
        id: "last-come",
        edits: [
          {
            file: "line.ts",
            find: "const next = waiting.shift();\n      next?.();",
            replace: "const next = waiting.shift();",
          },
        ],
      }),
      files: ["test/challenge-queue.test.ts"],
      titles: ["queue.1"],
    },
    "some of the reference": {
      answer: { kind: "reference" },
      files: ["test/1-bounded.test.ts"],
      titles: ["1.1", "can be taken again"],
      onStart: (title, file) => started.push(`${file} ${title}`),
      onTest: (outcome) => ended.push(outcome),
    },
    "starter until it fails": { answer: { kind: "starter" }, bail: true },
  } satisfies Record<string, JudgeRequest>;

  let lab: ReturnType<typeof copyOfLab>;
  let judge: Judge;
  let judgements: readonly Judgement[];
  const exitCodes: (typeof process.exitCode)[] = [];

  beforeAll(async () => {
    lab = copyOfLab("gate");
    judge = await createJudge(lab);
    exitCodes.push(process.exitCode);
    judgements = await judge.run(Object.values(requests));
    exitCodes.push(process.exitCode);
  });
  afterAll(async () => {
    await judge[Symbol.asyncDispose]();
    lab[Symbol.dispose]();
  });

  const judged = (name: keyof typeof requests) =>
    judgements[Object.keys(requests).indexOf(name)] as Judgement;

  it("judges each test of a correct answer", () => {
    const { tests, problems } = judged("reference");
    expect(problems).toEqual([]);
    expect(tests.map(({ ms, ...rest }) => rest)).toEqual([
      {
        file: "test/1-bounded.test.ts",
        title: "1.1 lets the first one in",
        step: 1,
        guarantee: "1.1",
        state: "passed",
      },
      {
        file: "test/1-bounded.test.ts",
        title: "1.2 never more than `limit` are inside",
        step: 1,
        guarantee: "1.2",
        state: "passed",
      },
      {
        file: "test/1-bounded.test.ts",
        title: "1.3 a place that was left can be taken again",
        step: 1,
        guarantee: "1.3",
        state: "passed",
      },
      {
        file: "test/2-close.test.ts",
        title: "2.1 nobody enters a closed gate",
        step: 2,
        guarantee: "2.1",
        state: "passed",
      },
      {
        file: "test/challenge-queue.test.ts",
        title: "queue.1 whoever waits gets the place of whoever leaves",
        challenge: "queue",
        guarantee: "queue.1",
        state: "passed",
      },
    ]);
  });

  it("tells what is not written yet, and leaves out challenges that are not taken up", () => {
    const judgement = judged("starter");
    expect(inShort(judgement)).toEqual([
      "1.1 failed",
      "1.2 failed",
      "1.3 failed",
      "2.1 failed",
      "queue.1 skipped",
    ]);
    expect(judgement.tests[0]?.failure).toEqual({
      kind: "todo",
      message: "TODO 1.1: createGate is yours to write",
      where: "starter/index.ts:4:9",
    });
  });

  it("says that there is no attempt", () => {
    const { tests, problems } = judged("no attempt");
    expect(tests).toEqual([]);
    expect(problems).toEqual([{ kind: "import", message: "There is no attempt/index.ts" }]);
  });

  it("hands on a broken guarantee in the words of the problem", () => {
    const { tests } = judged("a wrong answer");
    expect(tests[0]?.failure).toMatchObject({
      kind: "guarantee",
      happened: "5 were inside at once",
      expected: "at most 2 are inside, for the gate is for two",
      why: "The bridge behind it carries two.",
    });
  });

  it("runs only the files and titles that are asked for", () => {
    const judgement = judged("some of the reference");
    expect(inShort(judgement)).toEqual(["1.1 passed", "1.3 passed"]);
    expect(ended).toEqual(judgement.tests);
    expect(started).toEqual([
      "test/1-bounded.test.ts 1.1 lets the first one in",
      "test/1-bounded.test.ts 1.3 a place that was left can be taken again",
    ]);
  });

  it("stops at the first failure when asked to", () => {
    const { tests } = judged("starter until it fails");
    const states = tests.map(({ state }) => state);
    expect(states.filter((state) => state === "failed")).toHaveLength(1);
    expect(states).not.toContain("passed");
  });

  it("answers several requests at one go, two about the same answer among them", () => {
    const answers = Object.values(requests).map(({ answer }) => answer);
    expect(judgements.map(({ answer }) => answer)).toEqual(answers);
    expect(judged("reference").tests).toHaveLength(5);
    expect(judged("some of the reference").tests).toHaveLength(2);
  });

  it("keeps two variants of one file apart, even of one name, run after run", async () => {
    const request = (find: string, replace: string): JudgeRequest => ({
      answer: variant({ id: "one-name", edits: [{ find, replace }] }),
      files: ["test/1-bounded.test.ts"],
    });
    const offByOne = request("inside >= limit", "inside > limit");
    const neverFree = request("    inside -= 1;\n    if", "    if");
    const reference: JudgeRequest = { ...offByOne, answer: { kind: "reference" } };
    for (const asked of [[offByOne, neverFree], [neverFree], [offByOne], [reference]]) {
      const all = await judge.run(asked);
      for (const [i, { tests }] of all.entries()) {
        const failed = tests.filter(({ state }) => state === "failed").map(({ guarantee }) => guarantee);
        expect(failed).toEqual(asked[i] === offByOne ? ["1.2"] : asked[i] === neverFree ? ["1.3"] : []);
      }
    }
  });

  it("keeps a variant's edits in the file that the edited one imports", () => {
    const { tests } = judged("a wrong part");
    expect(tests[0]?.failure).toMatchObject({
      kind: "schedule",
      timeline: expect.stringContaining("waiting"),
    });
    expect(tests[0]?.failure?.replay).toBeTypeOf("string");
  });

  it("rejects with the signal's reason when it is aborted, and works on", async () => {
    const controller = new AbortController();
    const running = judge.run([
      { answer: { kind: "reference" }, signal: controller.signal, onStart: () => controller.abort("enough") },
    ]);
    await expect(running).rejects.toBe("enough");
    const files = ["test/2-close.test.ts"];
    expect(inShort(await judgeOne(judge, { answer: { kind: "reference" }, files }))).toEqual(["2.1 passed"]);
  });

  it("leaves the exit status of its own process alone", () => {
    expect(inShort(judged("starter"))).toContain("1.1 failed");
    expect(exitCodes[1]).toBe(exitCodes[0]);
  });

  it("sees what has changed since the run before", async () => {
    const request: JudgeRequest = { answer: { kind: "attempt" }, files: ["test/1-bounded.test.ts"] };
    const attempt = join(lab.labDir, "attempt/index.ts");
    const line = join(lab.labDir, "attempt/line.ts");
    const states = async () => inShort(await judgeOne(judge, request));

    expect(await states()).toEqual([]);
    cpSync(join(lab.labDir, "solution"), join(lab.labDir, "attempt"), { recursive: true });
    expect(await states()).toEqual(["1.1 passed", "1.2 passed", "1.3 passed"]);
    writeFileSync(attempt, readFileSync(attempt, "utf8").replace("inside >= limit", "inside > limit"));
    expect(await states()).toEqual(["1.1 passed", "1.2 failed", "1.3 passed"]);
    writeFileSync(attempt, readFileSync(attempt, "utf8").replace("inside > limit", "inside >= limit"));
    writeFileSync(line, `throw new Error("a part is broken");\n${readFileSync(line, "utf8")}`);
    expect(await states()).toEqual([]);
    writeFileSync(line, readFileSync(line, "utf8").replace(/^throw.*\n/, ""));
    expect(await states()).toEqual(["1.1 passed", "1.2 passed", "1.3 passed"]);
  });
});

describe("Judge.run on a disaster", () => {
  /** Of these, the other test file must be judged all the same; and what cannot be loaded is told once for all files. */
  const ENDS_ITS_PROCESS = new Set(["loops", "starves", "dies", "throws-at-import"]);
  /** Answers that no linter would let stand as files. */
  const UNLINTABLE = {
    "syntax-error": "export function first(work: () => void): void {\n  work(;\n}\n",
    withheld: 'import { retry } from "@pattern-labs/primitives/retry";\n\nexport const first = retry;\n',
  };
  const judgements = new Map<string, Judgement>();
  const printed = new Map<string, string>();

  beforeAll(async () => {
    using lab = copyOfLab("disasters");
    for (const [id, text] of Object.entries(UNLINTABLE)) {
      mkdirSync(join(lab.labDir, "accepted", id));
      writeFileSync(join(lab.labDir, "accepted", id, "index.ts"), text);
    }
    await using judge = await createJudge({ ...lab, hungAfterCpuMs: 1_000 });
    const ids = readdirSync(join(lab.labDir, "accepted"));
    const requests = ids.map((id): JudgeRequest => {
      const onOutput = (text: string) => printed.set(id, (printed.get(id) ?? "") + text);
      const files = ENDS_ITS_PROCESS.has(id) ? {} : { files: ["test/1-first.test.ts"] };
      return { answer: { kind: "accepted", id }, onOutput, ...files };
    });
    for (const [i, judgement] of (await judge.run(requests)).entries())
      judgements.set(ids[i] ?? "", judgement);
  });

  const judged = (id: string) => judgements.get(id) as Judgement;
  const failureOf = (id: string, guarantee: string) =>
    judged(id).tests.find((test) => test.guarantee === guarantee)?.failure;

  it.each(["loops", "starves"])("ends an answer that %s, says where, and judges the rest", (id) => {
    expect(inShort(judged(id))).toEqual(["1.1 passed", "1.2 failed", "1.3 skipped", "2.1 passed"]);
    const where = `accepted/${id}/index.ts:7`;
    expect(failureOf(id, "1.2")).toEqual({
      kind: "hung",
      message: expect.stringMatching(
        `^Hung: the code has run for 1 s of CPU time without letting anything else happen, in first \\(${where}:\\d+\\)$`,
      ),
      where: expect.stringMatching(`^${where}:\\d+$`),
    });
  });

  it("ends an answer that loops while it is loaded", () => {
    expect(judged("loops-at-import").tests).toEqual([]);
    expect(judged("loops-at-import").problems).toEqual([
      expect.objectContaining({ kind: "hung", where: "accepted/loops-at-import/index.ts:1:1" }),
    ]);
  });

  it("takes process.exit for a crash of the test that met it", () => {
    expect(inShort(judged("exits"))).toEqual(["1.1 passed", "1.2 failed", "1.3 passed"]);
    expect(failureOf("exits", "1.2")).toEqual({
      kind: "crash",
      message: "process.exit(0) was called: it would end the tests too",
      where: "accepted/exits/index.ts:2:11",
    });
  });

  it("survives an answer that kills the process, and judges the rest", () => {
    expect(inShort(judged("dies"))).toEqual(["1.1 passed", "1.2 failed", "1.3 passed", "2.1 passed"]);
    expect(failureOf("dies", "1.2")).toMatchObject({
      kind: "crash",
      message: expect.stringContaining("SIGKILL"),
    });
  });

  it("tells once why an answer cannot be loaded", () => {
    expect(judged("throws-at-import")).toMatchObject({
      tests: [],
      problems: [
        {
          kind: "import",
          message: "TypeError: Cannot read properties of undefined (reading 'value')",
          where: "accepted/throws-at-import/index.ts:3:37",
        },
      ],
    });
  });

  it("shows where the syntax is wrong", () => {
    const [problem] = judged("syntax-error").problems;
    expect(problem).toMatchObject({ kind: "import", where: "accepted/syntax-error/index.ts:2:8" });
    expect(problem?.message).toMatch(/Unexpected token[\s\S]*2 │ {3}work\(;/);
  });

  it("names a file that is missing", () => {
    expect(judged("missing-file").problems).toMatchObject([
      { kind: "import", message: "There is no accepted/missing-file/helper.ts" },
    ]);
  });

  it("tells of an export that is not there by the test that needs it", () => {
    expect(failureOf("wrong-export", "1.2")).toMatchObject({
      message: "TypeError: lab.first is not a function",
    });
  });

  it("refuses a primitive that the lab withholds", () => {
    expect(judged("withheld").problems).toMatchObject([
      {
        kind: "import",
        message: "this lab has you build retry: @pattern-labs/primitives/retry is withheld here",
      },
    ]);
  });

  it("hands on what an answer prints, up to a bound", () => {
    expect(inShort(judged("floods"))).toEqual(["1.1 passed", "1.2 passed", "1.3 passed"]);
    expect(printed.get("floods")).toMatch(
      /^line 0 of what nobody wants to read\n[\s\S]*\(the rest of what was printed is left out\)\n$/,
    );
    expect(printed.get("floods")?.length).toBeLessThan(70_000);
  });

  it("does not let a rejection pass that nobody handles", () => {
    const { tests, problems } = judged("unhandled");
    const failures = [...problems, ...tests.flatMap(({ failure }) => failure ?? [])];
    expect(failures).toMatchObject([
      {
        message: "Nobody handled this rejection or error: nobody looks at this",
        where: "accepted/unhandled/index.ts:3:23",
      },
    ]);
  });
});
