import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from "vitest/node";
import type { Judgement, JudgeRequest } from "../judge.ts";
import type { Report } from "../watchdog/report.ts";
import { folderOf } from "./answer.ts";
import type { AnswerPlugin } from "./answer-plugin.ts";
import { Batch, type Entry, type ScreeningRequest } from "./batch.ts";
import { failureOf } from "./failure.ts";
import type { Server } from "./start-vitest.ts";
import { isAskedFor, marksOf } from "./titles.ts";
import type { ProcessListener, WorkerProcess } from "./worker-process.ts";

/** How often those are run again that shared a process with a guilty one. */
const MOST_TIMES = 4;

/**
 * Judges many answers in few processes. What one answer does to its process might make the tests of the next one fail,
 * so the reference comes last, and must pass all tests that were run before it. If it does not, or the process died, or
 * anything happened outside of the tests, then nothing of what was seen in this process is told.
 */
export class Screening implements ProcessListener, Reporter {
  readonly #server: Server;
  readonly #answers: AnswerPlugin;
  readonly #labDir: string;
  readonly #workers: number;
  readonly #batches = new Map<string, Batch>();
  readonly #batchOf = new WeakMap<WorkerProcess, Batch>();
  /** By vitest's id of the test. */
  readonly #entryOf = new Map<string, Entry>();
  readonly #begun = new WeakMap<WorkerProcess, Entry>();
  #deaths = 0;

  constructor(
    server: Server,
    answers: AnswerPlugin,
    { labDir, workers }: { readonly labDir: string; readonly workers: number },
  ) {
    this.#server = server;
    this.#answers = answers;
    this.#labDir = labDir;
    this.#workers = workers;
  }

  /** Tells of each request that nothing speaks against; of the others nothing is known. */
  async run(requests: readonly ScreeningRequest[]): Promise<Map<JudgeRequest, Judgement>> {
    const exitCode = process.exitCode;
    this.#server.attach(this);
    const judgements = new Map<JudgeRequest, Judgement>();
    try {
      let due = Batch.forAll(requests, this.#workers);
      for (let times = 0; due.length > 0 && times < MOST_TIMES; times++) {
        await this.#runAll(due);
        for (const batch of due.filter(({ isSound }) => isSound)) tell(batch, judgements);
        due = due.filter(({ isSound }) => !isSound).flatMap(({ smaller }) => smaller);
      }
      return judgements;
    } finally {
      process.exitCode = exitCode; // Vitest sets it when a test fails; here that is an answer, not an accident.
      this.#server.prepare();
    }
  }

  async #runAll(batches: readonly Batch[]): Promise<void> {
    const { vitest } = this.#server;
    const project = vitest.getRootProject();
    const specifications = batches.map((batch) => {
      const id = this.#answers.idInTurn(batch.turns);
      this.#batches.set(id, batch);
      return project.createSpecification(id, batch.selection);
    });
    this.#deaths = 0;
    const result = await vitest.runTestSpecifications(specifications);
    for (const module of result.testModules) this.#noteModule(module);
    this.#noteUnhandled(result.unhandledErrors as SerializedError[], batches);
  }

  // What vitest tells.

  onTestModuleCollected(module: TestModule): void {
    for (const test of module.children.allTests()) {
      const entry = this.#batches.get(module.moduleId)?.entries.get(outermostOf(test).name);
      if (entry) this.#entryOf.set(test.id, entry);
    }
  }

  onTestCaseResult(test: TestCase): void {
    const entry = this.#entryOf.get(test.id);
    const result = test.result();
    if (!entry || result.state === "pending" || !isAskedFor(test.name, entry.titles)) return;
    const error = result.state === "failed" ? result.errors[0] : undefined;
    const place = { labDir: this.#labDir, folder: folderOf(entry.answer) };
    entry.outcomes.push({
      file: entry.file,
      title: test.name,
      ...marksOf(entry.file, test.name),
      state: result.state,
      ms: test.diagnostic()?.duration ?? 0,
      ...(error && { failure: failureOf(error, place) }),
    });
  }

  #noteModule(module: TestModule): void {
    const batch = this.#batches.get(module.moduleId);
    if (batch === undefined) return;
    for (const error of module.errors()) batch.doubt ??= error.message;
    for (const suite of module.children.allSuites()) {
      const [error] = suite.errors();
      if (error === undefined) continue;
      batch.doubt ??= error.message;
      const entry = batch.entries.get(suite.name);
      if (entry) entry.guilty = true;
    }
  }

  /** Errors that nobody caught, in whichever test; and one for each process that died, of which its listener tells. */
  #noteUnhandled(errors: readonly SerializedError[], batches: readonly Batch[]): void {
    const batchOf = (error: SerializedError) => this.#batches.get(String(error["VITEST_TEST_PATH"]));
    const homeless = errors.filter((error) => batchOf(error) === undefined);
    for (const error of errors) {
      const batch = batchOf(error);
      if (batch) batch.doubt ??= error.message;
    }
    if (homeless.length <= this.#deaths) return;
    for (const batch of batches) batch.doubt ??= homeless[0]?.message; // It may be anybody's.
  }

  // What the processes tell.

  onRun(process: WorkerProcess, moduleId: string): void {
    const batch = this.#batches.get(moduleId);
    if (batch) this.#batchOf.set(process, batch);
  }

  onReport(process: WorkerProcess, line: string): void {
    const report = JSON.parse(line) as Report;
    const entry = report.kind === "begun" ? this.#entryOf.get(report.id) : undefined;
    if (entry) this.#begun.set(process, entry);
  }

  onDeath(process: WorkerProcess): void {
    const batch = this.#batchOf.get(process);
    if (batch === undefined) return;
    this.#deaths += 1;
    batch.doubt ??= "the process died";
    const entry = this.#begun.get(process);
    if (entry) entry.guilty = true;
  }

  onOutput(): void {}
}

function tell({ entries }: Batch, judgements: Map<JudgeRequest, Judgement>): void {
  for (const { request, answer, outcomes } of entries.values())
    if (request && outcomes.length > 0) judgements.set(request, { answer, tests: outcomes, problems: [] });
}

function outermostOf(test: TestCase): TestCase | TestSuite {
  let one: TestCase | TestSuite = test;
  while (one.parent.type === "suite") one = one.parent;
  return one;
}
