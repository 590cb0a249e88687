import { describe, expect, it } from "vitest";
import { Batch, type ScreeningRequest } from "./batch.ts";

const requestFor = (id: string, file = "test/1-bounded.test.ts", title = "1.1"): ScreeningRequest => ({
  answer: { kind: "variant", mutant: { id, bug: "", caughtBy: title } },
  files: [file],
  titles: [title],
});

const many = (count: number, file: string) =>
  Array.from({ length: count }, (_, i) => requestFor(`${file}-${i}`, file));

const batchOf = (...requests: ScreeningRequest[]): Batch => Batch.forAll(requests)[0] as Batch;

/** "a in 1": the answer and its file; the reference that comes last is the "proof". */
const turnsIn = (batch: Batch | undefined) =>
  batch?.turns.map(({ answer, file, isProof }) => {
    const name = answer.kind === "variant" ? answer.mutant.id : answer.kind;
    return `${isProof ? "proof" : name} in ${/\d/.exec(file)?.[0]}`;
  });

const outcome = (title: string) => ({ file: "", title, state: "passed", ms: 0 }) as const;

describe("Batch.forAll", () => {
  it("puts several files into one process, and the reference behind them all, once for each file", () => {
    const batches = Batch.forAll([requestFor("a"), requestFor("b", "test/2-close.test.ts"), requestFor("c")]);
    expect(batches.map(turnsIn)).toEqual([["a in 1", "c in 1", "b in 2", "proof in 1", "proof in 2"]]);
  });

  it("uses as many processes as can run at once, and gives each about as much", () => {
    const sizes = [9, 8, 5, 4, 3].map((count, i) => many(count, `test/${i}.test.ts`));
    const batches = Batch.forAll(sizes.flat(), 2);
    expect(batches.map(({ turns }) => turns.filter(({ isProof }) => !isProof).length)).toEqual([16, 13]);
    expect(Batch.forAll(many(9, "test/1.test.ts"), 2)).toHaveLength(1);
  });

  it("lets no process see more than thirty answers to a file, or four hundred tests of several", () => {
    const ofOneFile = Batch.forAll(many(61, "test/1.test.ts"), 3);
    expect(ofOneFile.map(({ turns }) => turns.length)).toEqual([22, 22, 20]);
    const files = Array.from({ length: 30 }, (_, i) => many(27, `test/${i}.test.ts`));
    expect(Batch.forAll(files.flat())).toHaveLength(3);
  });

  it("needs no proof where only the reference is asked for", () => {
    const [batch] = Batch.forAll([{ answer: { kind: "reference" }, files: ["test/1-bounded.test.ts"] }]);
    expect(turnsIn(batch)).toEqual(["reference in 1"]);
    expect(batch?.isSound).toBe(true);
  });
});

describe("Batch", () => {
  it("selects of each answer what is asked of it, and as proof all of that", () => {
    const batch = batchOf(requestFor("a"), requestFor("b", undefined, "1.10"));
    const [a, b, proof] = batch.turns.map(({ name }) => name);
    const names = [`${a} Step 1.1 x`, `${a} Step 1.10 x`, `${b} Step 1.1 x`, `${b} 1.10 x`];
    const all = [...names, `${proof} Step 1.1 x`, `${proof} 1.10 x`, `${proof} 1.2 x`, `x ${a} 1.1 x`];
    const pattern = batch.selection.testNamePattern as RegExp;
    expect(all.filter((name) => pattern.test(name))).toEqual([
      `${a} Step 1.1 x`,
      `${b} 1.10 x`,
      `${proof} Step 1.1 x`,
      `${proof} 1.10 x`,
    ]);
  });

  it("selects all tests of an answer of which all is asked, in its file alone", () => {
    const batch = batchOf({ answer: { kind: "starter" }, files: ["test/1-bounded.test.ts"] });
    const pattern = batch.selection.testNamePattern as RegExp;
    const [starter, proof] = batch.turns.map(({ name }) => name);
    expect(pattern.test(`${starter} Step 1.1 x`)).toBe(true);
    expect(pattern.test(`${proof} Step 1.1 x`)).toBe(true);
    expect(pattern.test(`${starter}x Step 1.1 x`)).toBe(false);
  });

  it("is sound only when the reference has run and passed all that was asked, and nothing is in doubt", () => {
    const batch = batchOf(requestFor("a"), requestFor("b", "test/2-close.test.ts", "2.1"));
    const [one, two] = [...batch.entries.values()].filter(({ request }) => request === undefined);
    one?.outcomes.push(outcome("1.1 lets one in"));
    expect(batch.isSound).toBe(false);
    two?.outcomes.push(outcome("2.1 lets nobody in"));
    expect(batch.isSound).toBe(true);
    two?.outcomes.push({ ...outcome("2.1 again"), state: "failed" });
    expect(batch.isSound).toBe(false);
    two?.outcomes.pop();
    batch.doubt = "the process died";
    expect(batch.isSound).toBe(false);
  });

  it("is begun again without the guilty, if that leaves anybody", () => {
    const batch = batchOf(requestFor("a"), requestFor("b"));
    const [a, b] = [...batch.entries.values()];
    if (a) a.guilty = true;
    expect(batch.smaller.map(turnsIn)).toEqual([["b in 1", "proof in 1"]]);
    if (b) b.guilty = true;
    expect(batch.smaller).toEqual([]);
  });

  it("is begun again file by file where nobody is known to be guilty, and not at all if it has one file", () => {
    const [first, second] = [requestFor("a"), requestFor("b", "test/2-close.test.ts")];
    expect(batchOf(first, second).smaller.map(turnsIn)).toEqual([
      ["a in 1", "proof in 1"],
      ["b in 2", "proof in 2"],
    ]);
    expect(batchOf(first, requestFor("c")).smaller).toEqual([]);
  });
});
