import type { TestSpecificationOptions } from "vitest/node";
import type { JudgeRequest, TestOutcome } from "../judge.ts";
import { type Answer, keyOf } from "./answer.ts";
import type { Turn } from "./in-turn.ts";
import { isAskedFor, patternOf } from "./titles.ts";

/** A request that can be screened: it asks for tests of one file. */
export interface ScreeningRequest extends JudgeRequest {
  readonly files: readonly [string];
}

/** How many tests one process runs at most, but for those of one file: if it dies, all of them are run again. */
const MOST_TOGETHER = 400;

/** How many answers to one file one process sees at most. */
const MOST_ANSWERS = 30;

const REFERENCE: Answer = { kind: "reference" };

/** What is asked of one answer to one file, and what has come of it so far. */
export interface Entry {
  readonly answer: Answer;
  readonly file: string;
  /** All unless told. */
  readonly titles: readonly string[] | undefined;
  /** Absent of the reference where nobody asks for it: it shows that its forerunners have spoilt nothing. */
  readonly request?: ScreeningRequest;
  readonly outcomes: TestOutcome[];
  /** It ended its process, or left something open in it. */
  guilty: boolean;
}

/** What one process runs: tests of some files against some answers in turn, and last against the reference. */
export class Batch {
  /** By the names of their suites. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Why nothing that was seen in this process counts. */
  doubt: string | undefined;

  /** In as few processes as may be, but in `atLeast` if there are so many files: so many run at the same time. */
  static forAll(requests: readonly ScreeningRequest[], atLeast = 1): Batch[] {
    const piles = [...Map.groupBy(requests, fileOf).values()].flatMap(inPiles);
    const total = weightOf(requests);
    const count = Math.min(piles.length, Math.max(atLeast, Math.ceil(total / MOST_TOGETHER)));
    const bins = Array.from({ length: count }, (): ScreeningRequest[] => []);
    // The heaviest first, each to where there is least: Graham's rule, at most a third worse than the best.
    for (const pile of piles.sort((a, b) => weightOf(b) - weightOf(a))) lightest(bins).push(...pile);
    return bins.map((bin) => new Batch(bin));
  }

  private constructor(requests: readonly ScreeningRequest[]) {
    const entries: Entry[] = requests.map((request) => ({
      request,
      answer: request.answer,
      file: fileOf(request),
      titles: request.titles,
      outcomes: [],
      guilty: false,
    }));
    const others = requests.filter(({ answer }) => answer.kind !== "reference");
    for (const [file, asked] of Map.groupBy(others, fileOf))
      entries.push({ answer: REFERENCE, file, titles: titlesIn(asked), outcomes: [], guilty: false });
    this.entries = new Map(entries.map((one) => [nameOf(one), one]));
  }

  /** What its process is told to do. */
  get turns(): readonly Turn[] {
    return [...this.entries].map(([name, { file, answer, request }]) => ({
      name,
      file,
      answer,
      isProof: request === undefined,
    }));
  }

  /** Of each answer the tests that are asked of it: vitest matches the names of suites and test, joined by spaces. */
  get selection(): TestSpecificationOptions {
    const patterns = [...this.entries].map(
      ([name, { titles }]) => `^${RegExp.escape(name)}(?= ).*?(?:${titles ? patternOf(titles).source : ""})`,
    );
    return { testNamePattern: new RegExp(patterns.join("|")) };
  }

  /** Nothing has happened but what tests do, and in the end the reference has passed every test that was run. */
  get isSound(): boolean {
    const proofs = [...this.entries.values()].filter(({ request }) => request === undefined);
    return this.doubt === undefined && proofs.every(hasPassed);
  }

  /** What may be worth another run: without the guilty, or each file for itself; nothing if that would change nothing. */
  get smaller(): Batch[] {
    const entries = [...this.entries.values()];
    const asked = entries.flatMap(({ request }) => request ?? []);
    const innocent = entries.flatMap(({ request, guilty }) => (request && !guilty ? request : []));
    const isSmaller = innocent.length > 0 && innocent.length < asked.length;
    if (isSmaller) return [new Batch(innocent)];
    const files = [...Map.groupBy(innocent, fileOf).values()];
    return files.length > 1 ? files.map((requests) => new Batch(requests)) : [];
  }
}

/** The suite of an answer to a file. */
const nameOf = ({ answer, file, request }: Entry): string =>
  `${request === undefined ? "proof" : keyOf(answer)} ${file}`;

const fileOf = ({ files: [file] }: ScreeningRequest) => file;

/** About so many tests are run; how many there are in a file is not known before. */
const weightOf = (requests: readonly ScreeningRequest[]) =>
  requests.reduce((sum, { titles }) => sum + (titles?.length ?? USUAL_TESTS), 0);

const USUAL_TESTS = 6;

/** Undefined, which is all, if anybody asks for all. */
function titlesIn(requests: readonly ScreeningRequest[]): readonly string[] | undefined {
  const titles = requests.map((request) => request.titles);
  return titles.every((some) => some !== undefined) ? [...new Set(titles.flat())] : undefined;
}

const lightest = (bins: ScreeningRequest[][]) =>
  bins.reduce((least, bin) => (weightOf(bin) < weightOf(least) ? bin : least));

function inPiles(requests: readonly ScreeningRequest[]): ScreeningRequest[][] {
  const parts = Math.ceil(requests.length / MOST_ANSWERS);
  const size = Math.ceil(requests.length / parts);
  return Array.from({ length: parts }, (_, i) => requests.slice(i * size, (i + 1) * size));
}

function hasPassed({ titles, outcomes }: Entry): boolean {
  const isRun = (title: string) => outcomes.some((outcome) => isAskedFor(outcome.title, [title]));
  return (
    outcomes.length > 0 && (titles ?? []).every(isRun) && outcomes.every(({ state }) => state === "passed")
  );
}
