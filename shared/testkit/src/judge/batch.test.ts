import { expect, it } from "vitest";
import { Batch, type ScreeningRequest } from "./batch.ts";

const requestFor = (id: string, file = "test/1-bounded.test.ts", title = "1.1"): ScreeningRequest => ({
  answer: { kind: "variant", mutant: { id, bug: "", caughtBy: title } },
  files: [file],
  titles: [title],
});

const batchOf = (...ids: string[]): Batch => Batch.forAll(ids.map((id) => requestFor(id)))[0] as Batch;

const namesIn = (batch: Batch | undefined) =>
  batch?.answers.map((answer) => (answer.kind === "variant" ? answer.mutant.id : answer.kind));

it("puts the answers to one file together, at most thirty, and the reference behind them", () => {
  const many = Array.from({ length: 61 }, (_, i) => requestFor(`one-${i}`));
  const batches = Batch.forAll([...many, requestFor("other", "test/2-close.test.ts")]);
  expect(batches.map(({ file, answers }) => `${file} ${answers.length}`)).toEqual([
    "test/1-bounded.test.ts 22",
    "test/1-bounded.test.ts 22",
    "test/1-bounded.test.ts 20",
    "test/2-close.test.ts 2",
  ]);
  expect(batches.map((batch) => namesIn(batch)?.at(-1))).toEqual(Array(4).fill("reference"));
});

it("selects of each answer what is asked of it, and of the reference all of that", () => {
  const [batch] = Batch.forAll([requestFor("a"), requestFor("b", undefined, "1.10")]);
  const [a, b] = [...(batch?.entries.keys() ?? [])];
  const names = [`${a} Step 1.1 x`, `${a} Step 1.10 x`, `${b} Step 1.1 x`, `${b} 1.10 x`];
  const all = [...names, "reference Step 1.1 x", "reference 1.10 x", "reference 1.2 x", `x ${a} 1.1 x`];
  const pattern = batch?.selection.testNamePattern as RegExp;
  expect(all.filter((name) => pattern.test(name))).toEqual([
    `${a} Step 1.1 x`,
    `${b} 1.10 x`,
    "reference Step 1.1 x",
    "reference 1.10 x",
  ]);
});

it("is sound only when the reference has run and passed all that was asked, and nothing is in doubt", () => {
  const batch = batchOf("a");
  const reference = batch.entries.get("reference");
  const outcome = { file: batch.file, title: "1.1 lets one in", state: "passed", ms: 0 } as const;
  expect(batch.isSound).toBe(false);
  reference?.outcomes.push(outcome);
  expect(batch.isSound).toBe(true);
  reference?.outcomes.push({ ...outcome, title: "1.1 again", state: "failed" });
  expect(batch.isSound).toBe(false);
  reference?.outcomes.pop();
  batch.doubt = "the process died";
  expect(batch.isSound).toBe(false);
});

it("is begun again without the guilty, if that leaves anybody, and only if one is", () => {
  const batch = batchOf("a", "b");
  const [a, b, reference] = [...batch.entries.values()];
  expect(batch.withoutGuilty()).toBeUndefined();
  if (reference) reference.guilty = true;
  expect(batch.withoutGuilty()).toBeUndefined();
  if (a) a.guilty = true;
  expect(namesIn(batch.withoutGuilty())).toEqual(["b", "reference"]);
  if (b) b.guilty = true;
  expect(batch.withoutGuilty()).toBeUndefined();
});
