import type { TestSpecificationOptions } from "vitest/node";
import type { JudgeRequest, TestOutcome } from "../judge.ts";
import { type Answer, keyOf } from "./answer.ts";
import { isAskedFor, patternOf } from "./titles.ts";

/** A request that can be screened: it asks for some tests of one file. */
export interface ScreeningRequest extends JudgeRequest {
  readonly files: readonly [string];
  readonly titles: readonly string[];
}

/** How many answers one process sees at most: if it dies, all of them are run again. */
const MOST_TOGETHER = 30;

const REFERENCE: Answer = { kind: "reference" };

/** What is asked of one answer, and what has come of it so far. */
export interface Entry {
  readonly answer: Answer;
  readonly titles: readonly string[];
  /** Absent of the reference, of which nobody asks. */
  readonly request?: ScreeningRequest;
  readonly outcomes: TestOutcome[];
  /** It ended its process, or left something open in it. */
  guilty: boolean;
}

/** What one process runs: the tests of a file against some answers in turn, and last against the reference. */
export class Batch {
  readonly file: string;
  /** By the answers' keys. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Why nothing that was seen in this process counts. */
  doubt: string | undefined;

  /** As many batches as it takes. */
  static forAll(requests: readonly ScreeningRequest[]): Batch[] {
    const byFile = [...Map.groupBy(requests, ({ files: [file] }) => file)];
    return byFile.flatMap(([file, all]) => {
      const parts = Math.ceil(all.length / MOST_TOGETHER);
      const size = Math.ceil(all.length / parts);
      return Array.from({ length: parts }, (_, i) => new Batch(file, all.slice(i * size, (i + 1) * size)));
    });
  }

  private constructor(file: string, requests: readonly ScreeningRequest[]) {
    this.file = file;
    const entry = (answer: Answer, titles: readonly string[]) => ({
      answer,
      titles,
      outcomes: [],
      guilty: false,
    });
    const titles = [...new Set(requests.flatMap((request) => request.titles))];
    const entries: Entry[] = [
      ...requests.map((request) => ({ request, ...entry(request.answer, request.titles) })),
      entry(REFERENCE, titles),
    ];
    this.entries = new Map(entries.map((one) => [keyOf(one.answer), one]));
  }

  get answers(): readonly Answer[] {
    return [...this.entries.values()].map(({ answer }) => answer);
  }

  /** Of each answer the tests that are asked of it: vitest matches the names of suites and test, joined by spaces. */
  get selection(): TestSpecificationOptions {
    const patterns = [...this.entries].map(
      ([key, { titles }]) => `^${RegExp.escape(key)}(?= ).*?(?:${patternOf(titles).source})`,
    );
    return { testNamePattern: new RegExp(patterns.join("|")) };
  }

  /** Nothing has happened but what tests do, and in the end the reference has passed every test that was run. */
  get isSound(): boolean {
    const { titles, outcomes } = this.entries.get(keyOf(REFERENCE)) as Entry;
    const isRun = (title: string) => outcomes.some((outcome) => isAskedFor(outcome.title, [title]));
    return (
      this.doubt === undefined && titles.every(isRun) && outcomes.every(({ state }) => state === "passed")
    );
  }

  /** Those that may have had no part in it, in a new batch; undefined if that would change nothing. */
  withoutGuilty(): Batch | undefined {
    const entries = [...this.entries.values()];
    const asked = entries.flatMap(({ request }) => request ?? []);
    const innocent = entries.flatMap(({ request, guilty }) => (request && !guilty ? request : []));
    const isSmaller = innocent.length > 0 && innocent.length < asked.length;
    return isSmaller ? new Batch(this.file, innocent) : undefined;
  }
}
