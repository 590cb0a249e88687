import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyOfLab } from "../../fixtures/copy-of-lab.ts";
import { createJudge, type Judge, type ScreeningRequest } from "../judge.ts";

const fixtures = join(import.meta.dirname, "../../fixtures");

const LIMIT = "inside >= limit";

/** A variant of the gate with `replace` in the place of its limit, and what is asked of it. */
function variant(id: string, replace: string, title: string): ScreeningRequest {
  const edits = [{ find: LIMIT, replace }];
  return {
    answer: { kind: "variant", mutant: { id, bug: "", caughtBy: title, edits } },
    files: ["test/1-bounded.test.ts"],
    titles: [title],
  };
}

const offByOne = variant("off-by-one", "inside > limit", "1.2");
const sealed = variant("sealed", "inside >= 0", "1.1");
const harmless = variant("harmless", "!(inside < limit)", "1.3");

/** What another file asks. */
const open: ScreeningRequest = {
  answer: {
    kind: "variant",
    mutant: { id: "open", bug: "", caughtBy: "", edits: [{ find: "closed || ", replace: "" }] },
  },
  files: ["test/2-close.test.ts"],
  titles: ["2.1"],
};

async function screen(judge: Judge, requests: readonly ScreeningRequest[]): Promise<string[]> {
  const judgements = await judge.screen(requests);
  return [...judgements].map(([{ answer }, { tests }]) => {
    const name = answer.kind === "variant" ? answer.mutant.id : answer.kind;
    return `${name}: ${tests.map(({ guarantee, title, state }) => `${guarantee ?? title} ${state}`).join()}`;
  });
}

describe("Judge.screen", () => {
  let judge: Judge;
  beforeAll(async () => {
    judge = await createJudge({ labDir: join(fixtures, "gate") });
  });
  afterAll(() => judge[Symbol.asyncDispose]());

  const OTHERS = ["off-by-one: 1.2 failed", "sealed: 1.1 failed", "harmless: 1.3 passed"];

  it("runs of each answer what is asked of it, and tells what failed in the words of the problem", async () => {
    expect(await screen(judge, [offByOne, sealed, harmless])).toEqual(OTHERS);
    const judgements = await judge.screen([offByOne]);
    expect(judgements.get(offByOne)?.tests).toMatchObject([
      { file: "test/1-bounded.test.ts", step: 1, failure: { happened: "3 were inside at once" } },
    ]);
  });

  it("lets those share processes who ask in the same turn, and those not who ask later", async () => {
    const together = [judge.screen([offByOne]), judge.screen([sealed])];
    const [one, other] = await Promise.all(together);
    expect([one?.has(offByOne), one?.has(sealed)]).toEqual([true, true]);
    expect(other).toBe(one);
    expect(await screen(judge, [harmless])).toEqual(["harmless: 1.3 passed"]);
  });

  it("takes a whole wrong answer, a part of a title, and several files", async () => {
    const whole: ScreeningRequest = {
      answer: { kind: "variant", mutant: { id: "forgets-limit", bug: "", caughtBy: "", wrong: true } },
      files: ["test/1-bounded.test.ts"],
      titles: ["never more than"],
    };
    expect((await screen(judge, [whole, open])).sort()).toEqual([
      "forgets-limit: 1.2 failed",
      "open: 2.1 failed",
    ]);
  });

  it.each([
    ["hangs", "spin()"],
    ["ends its process", 'process.kill(process.pid, "SIGKILL")'],
    ["leaves a timer running", "setInterval(() => {}, 1_000) && inside > limit"],
    ["replaces a global", "(Math.max = () => 9) && inside > limit"],
  ])("tells nothing of one that %s, and lets it spoil none of the others", async (_, replace) => {
    const spin = "(() => { for (;;); })()";
    const villain = variant("villain", replace.replace("spin()", spin), "1.2");
    expect((await screen(judge, [offByOne, villain, sealed, harmless])).sort()).toEqual([...OTHERS].sort());
  });

  it("tells nothing of one that cannot be loaded", async () => {
    const [broken, unreadable] = [
      variant("broken", "nowhere.at.all()", "1.1"),
      variant("unreadable", "(", "1.1"),
    ];
    const atLoad: ScreeningRequest = {
      ...broken,
      answer: {
        kind: "variant",
        mutant: {
          id: "at-load",
          bug: "",
          caughtBy: "",
          edits: [{ find: 'attempted = ["queue"]', replace: "attempted = [no]" }],
        },
      },
    };
    expect((await screen(judge, [atLoad, unreadable, offByOne])).sort()).toEqual(["off-by-one: 1.2 failed"]);
  });

  it("tells nothing of those who share a process in which a rejection went unhandled", async () => {
    const careless = variant(
      "careless",
      "Promise.reject(new Error('nobody looks')) && inside > limit",
      "1.2",
    );
    expect(await screen(judge, [careless, sealed])).toEqual([]);
  });

  it("begins again file by file where one may have spoilt it for all", async () => {
    await using own = await createJudge({ labDir: join(fixtures, "gate"), workers: 1 });
    const careless = variant("careless", "Promise.reject(new Error('no')) && inside > limit", "1.2");
    expect(await screen(own, [careless, sealed, open])).toEqual(["open: 2.1 failed"]);
  });

  it("runs the whole file where no titles are told, and the reference like any other", async () => {
    const whole = { answer: { kind: "reference" }, files: ["test/1-bounded.test.ts"] } as const;
    expect(await screen(judge, [whole])).toEqual(["reference: 1.1 passed,1.2 passed,1.3 passed"]);
  });

  it("tells nothing where the reference fails in the end", async () => {
    using lab = copyOfLab("gate");
    const solution = join(lab.labDir, "solution/index.ts");
    writeFileSync(solution, readFileSync(solution, "utf8").replace("inside -= 1;", ""));
    await using own = await createJudge(lab);
    expect(await screen(own, [offByOne])).toEqual(["off-by-one: 1.2 failed"]);
    expect(await screen(own, [offByOne, variant("same", LIMIT.replace(">=", "> -1 + 1 * "), "1.3")])).toEqual(
      [],
    );
  });

  it("has nothing to tell where nothing is asked", async () => {
    expect(await screen(judge, [])).toEqual([]);
  });
});
