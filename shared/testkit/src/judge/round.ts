import type { Reporter, SerializedError, TestCase, TestModule, TestSpecificationOptions } from "vitest/node";
import type { Judgement, JudgeRequest, TestOutcome } from "../judge.ts";
import { type HungReport, hungMessage, type Report } from "../watchdog/report.ts";
import { folderOf } from "./answer.ts";
import type { AnswerPlugin } from "./answer-plugin.ts";
import { type Failure, failureOf, importFailureOf, isIn, type Place, placeText } from "./failure.ts";
import type { Server } from "./start-vitest.ts";
import { isAskedFor, marksOf, patternOf } from "./titles.ts";
import type { ProcessListener, WorkerProcess } from "./worker-process.ts";

const MOST_OUTPUT = 64 * 1024;

/** How often a file is begun again after its process died. */
const MOST_TIMES = 4;

/** One test file, run against one answer. */
interface FileRun {
  readonly file: string;
  readonly task: Task;
  /** In the order in which they stand in the file. */
  readonly tests: Map<string, { readonly title: string; outcome?: TestOutcome }>;
  /** Of these tests, what has no outcome yet is to be run; all unless told. */
  remaining?: ReadonlySet<string>;
  process?: WorkerProcess;
  /** The test that was begun last. */
  begun?: string;
  hung?: HungReport;
  died?: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
}

/** One request, and what has come of it so far. */
interface Task {
  readonly request: JudgeRequest;
  readonly place: Place;
  readonly runs: FileRun[];
  readonly problems: Failure[];
  printed: number;
  /** Nothing more is to be run: a test failed and the request says `bail`, or its signal aborted. */
  stopped: boolean;
}

/** Runs some requests, no two of them about the same answer, at one go. */
export class Round implements ProcessListener, Reporter {
  readonly #server: Server;
  readonly #tasks: Task[];
  readonly #runs = new Map<string, FileRun>();
  readonly #troubles: string[] = [];
  readonly #runOf = new WeakMap<WorkerProcess, FileRun>();

  constructor(
    server: Server,
    answers: AnswerPlugin,
    requests: readonly JudgeRequest[],
    lab: { readonly labDir: string; readonly files: readonly string[] },
  ) {
    this.#server = server;
    this.#tasks = requests.map((request) => {
      const place = { labDir: lab.labDir, folder: folderOf(request.answer) };
      const task: Task = { request, place, runs: [], problems: [], printed: 0, stopped: false };
      for (const file of request.files ?? lab.files) {
        const run: FileRun = { file, task, tests: new Map() };
        task.runs.push(run);
        this.#runs.set(answers.idOf(file, request.answer), run);
      }
      return task;
    });
  }

  async run(): Promise<Map<JudgeRequest, Judgement>> {
    const exitCode = process.exitCode;
    const abandon = this.#stopOnAbort();
    this.#server.attach(this);
    try {
      await this.#runAll();
      for (const { request } of this.#tasks) request.signal?.throwIfAborted();
      return new Map(this.#tasks.map((task) => [task.request, this.#judge(task)]));
    } finally {
      abandon();
      process.exitCode = exitCode; // Vitest sets it when a test fails; here that is an answer, not an accident.
      this.#server.prepare();
    }
  }

  async #runAll(): Promise<void> {
    const { vitest } = this.#server;
    const project = vitest.getRootProject();
    let due = [...this.#runs];
    for (let times = 0; due.length > 0 && times < MOST_TIMES; times++) {
      const specifications = due.map(([id, run]) => project.createSpecification(id, selectionOf(run)));
      const result = await vitest.runTestSpecifications(specifications);
      for (const module of result.testModules) this.#noteModule(module);
      for (const error of result.unhandledErrors) this.#noteUnhandled(error as SerializedError);
      due = due.filter(([, run]) => run.died && !run.task.stopped && this.#blame(run));
    }
  }

  // What vitest tells.

  onTestModuleCollected(module: TestModule): void {
    const run = this.#runs.get(module.moduleId);
    if (run === undefined || run.remaining) return;
    for (const test of module.children.allTests()) run.tests.set(test.id, { title: test.name });
  }

  onTestCaseResult(test: TestCase): void {
    const run = this.#runs.get(test.module.moduleId);
    const result = test.result();
    if (run === undefined || result.state === "pending" || run.remaining?.has(test.id) === false) return;
    const error = result.state === "failed" ? result.errors[0] : undefined;
    this.#settle(run, test.id, {
      state: result.state,
      ms: test.diagnostic()?.duration ?? 0,
      ...(error && { failure: failureOf(error, run.task.place) }),
    });
  }

  #noteModule(module: TestModule): void {
    const run = this.#runs.get(module.moduleId);
    if (run === undefined || run.died) return;
    for (const error of module.errors()) addProblem(run.task, importFailureOf(error, run.task.place));
  }

  /** A rejection that nobody handles, or an error thrown where nobody can catch it: the fault of the test that ran. */
  #noteUnhandled(error: SerializedError): void {
    const run = this.#runs.get(String(error["VITEST_TEST_PATH"]));
    if (run === undefined) {
      // Of a process that died its listener tells more; this serves where there was none, for vitest itself failed.
      this.#troubles.push(String(error.message));
      return;
    }
    const { message, ...rest } = failureOf(error, run.task.place);
    const failure: Failure = { ...rest, message: `Nobody handled this rejection or error: ${message}` };
    const guilty = [...run.tests.values()].find(({ title }) => title === error["VITEST_TEST_NAME"]);
    if (guilty?.outcome?.state === "passed") guilty.outcome = { ...guilty.outcome, state: "failed", failure };
    else if (guilty?.outcome?.state !== "failed") addProblem(run.task, failure);
  }

  // What the processes tell.

  onRun(process: WorkerProcess, moduleId: string): void {
    const run = this.#runs.get(moduleId);
    if (run === undefined) return;
    run.process = process;
    this.#runOf.set(process, run);
    if (run.task.stopped) process.kill();
  }

  onOutput(process: WorkerProcess, text: string, stream: "stdout" | "stderr"): void {
    const task = this.#runOf.get(process)?.task;
    if (task === undefined || task.printed >= MOST_OUTPUT) return;
    const shown = text.slice(0, MOST_OUTPUT - task.printed);
    task.printed += shown.length;
    task.request.onOutput?.(
      task.printed < MOST_OUTPUT ? shown : `${shown}\n… (the rest of what was printed is left out)\n`,
      stream,
    );
  }

  onReport(process: WorkerProcess, line: string): void {
    const run = this.#runOf.get(process);
    if (run === undefined) return;
    const report = JSON.parse(line) as Report;
    if (report.kind === "hung") run.hung = report;
    else {
      run.begun = report.id;
      run.task.request.onStart?.(report.title, run.file);
    }
  }

  onDeath(process: WorkerProcess, ending: { code: number | null; signal: NodeJS.Signals | null }): void {
    const run = this.#runOf.get(process);
    if (run !== undefined) run.died = ending;
  }

  // What comes of it.

  #settle(run: FileRun, id: string, result: Pick<TestOutcome, "state" | "ms" | "failure">): void {
    const test = run.tests.get(id);
    if (test === undefined || test.outcome !== undefined) return;
    const { task } = run;
    if (!isAskedFor(test.title, task.request.titles)) return;
    if (task.stopped && result.state !== "skipped") return; // It had ended before its process could be stopped.
    test.outcome = { file: run.file, title: test.title, ...marksOf(run.file, test.title), ...result };
    task.request.onTest?.(test.outcome);
    if (result.state === "failed" && task.request.bail) this.#stop(task);
  }

  #stop(task: Task): void {
    task.stopped = true;
    for (const run of task.runs) run.process?.kill();
  }

  #stopOnAbort(): () => void {
    const undo: (() => void)[] = [];
    for (const task of this.#tasks) {
      const stop = () => this.#stop(task);
      task.request.signal?.addEventListener("abort", stop);
      undo.push(() => task.request.signal?.removeEventListener("abort", stop));
    }
    return () => {
      for (const each of undo) each();
    };
  }

  #judge(task: Task): Judgement {
    const lost = task.runs.find((run) => run.tests.size === 0);
    if (lost && task.problems.length === 0 && !task.stopped) {
      // Never let pass what was not run.
      addProblem(task, {
        kind: "crash",
        message: `${lost.file} could not be run. ${this.#troubles.join("\n")}`,
      });
    }
    for (const run of task.runs)
      for (const id of run.tests.keys()) this.#settle(run, id, { state: "skipped", ms: 0 });
    const tests = task.runs.flatMap((run) => [...run.tests.values()].flatMap(({ outcome }) => outcome ?? []));
    return { answer: task.request.answer, tests, problems: task.problems };
  }

  /**
   * The process is dead: by the test that was running, or outside of any. Returns whether the file should be run again
   * for what is missing: tests that ended before, whose results died with the process, and after a quick death also
   * those that come after. A hang is slow, so nothing is run that may hang again.
   */
  #blame(run: FileRun): boolean {
    const failure = deathOf(run);
    const { begun, hung } = run;
    const guilty = begun === undefined ? undefined : run.tests.get(begun);
    if (begun === undefined || guilty === undefined || guilty.outcome) {
      addProblem(run.task, failure);
      return false;
    }
    this.#settle(run, begun, { state: "failed", ms: 0, failure });

    const ids = [...run.tests.keys()];
    const candidates = hung ? ids.slice(0, ids.indexOf(begun)) : ids;
    run.remaining = new Set(candidates.filter((id) => isMissing(run, id)));
    delete run.died;
    delete run.hung;
    delete run.begun;
    return run.remaining.size > 0 && !run.task.stopped;
  }
}

function isMissing(run: FileRun, id: string): boolean {
  const test = run.tests.get(id);
  return test !== undefined && test.outcome === undefined && isAskedFor(test.title, run.task.request.titles);
}

/** Which tests of its file vitest is to run. */
function selectionOf({ remaining, task }: FileRun): TestSpecificationOptions | undefined {
  if (remaining) return { testIds: [...remaining] };
  const { titles } = task.request;
  return titles && { testNamePattern: patternOf(titles) };
}

function deathOf({ hung, died, task }: FileRun): Failure {
  if (hung) return hungFailure(hung, task.place);
  const how = died?.signal ? `by signal ${died.signal}` : `with exit code ${died?.code}`;
  return { kind: "crash", message: `The process that ran the tests ended ${how} in the middle of them.` };
}

function hungFailure(hung: HungReport, place: Place): Failure {
  const inAnswer = hung.frames.find(({ file }) => isIn(place, file));
  const frame = inAnswer ?? hung.frames[0];
  if (frame === undefined) return { kind: "hung", message: hungMessage(hung) };
  const where = placeText(place, frame);
  return {
    kind: "hung",
    message: hungMessage(hung, { name: frame.name, where }),
    ...(inAnswer && { where }),
  };
}

/** Several test files often meet the same problem, such as an answer that cannot be loaded: it is told once. */
function addProblem(task: Task, failure: Failure): void {
  if (!task.problems.some(({ message }) => message === failure.message)) task.problems.push(failure);
}
