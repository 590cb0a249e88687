import { readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Answer, keyOf } from "./judge/answer.ts";
import { AnswerPlugin } from "./judge/answer-plugin.ts";
import type { ScreeningRequest } from "./judge/batch.ts";
import type { Failure } from "./judge/failure.ts";
import { Round } from "./judge/round.ts";
import { Screening } from "./judge/screening.ts";
import { startVitest } from "./judge/start-vitest.ts";

export type { Answer, Failure, ScreeningRequest };

/** What became of one test. */
export interface TestOutcome {
  /** Relative to the lab, with "/". */
  readonly file: string;
  /** "1.2 never more than `workers` jobs run at once" */
  readonly title: string;
  /** From the name of the file: test/1-….test.ts. */
  readonly step?: number;
  /** From the name of the file: test/challenge-….test.ts. */
  readonly challenge?: string;
  /** "1.2", "priority.1": the first word of the title, if it is a guarantee's number. */
  readonly guarantee?: string;
  readonly state: "passed" | "failed" | "skipped";
  readonly ms: number;
  readonly failure?: Failure;
}

export interface Judgement {
  readonly answer: Answer;
  readonly tests: readonly TestOutcome[];
  /** What is tied to no test: the answer could not be loaded, the process died or hung outside of any test. */
  readonly problems: readonly Failure[];
}

export interface JudgeRequest {
  readonly answer: Answer;
  /** Relative to the lab; all of its test files unless told. */
  readonly files?: readonly string[];
  /** Only tests that one of these names: a guarantee's number ("1.2") or a part of the title. */
  readonly titles?: readonly string[];
  /** Stop at the first failure; what has not run by then is "skipped". */
  readonly bail?: boolean;
  readonly onStart?: (title: string, file: string) => void;
  readonly onTest?: (outcome: TestOutcome) => void;
  /** What the answer prints, up to a bound. */
  readonly onOutput?: (text: string, stream: "stdout" | "stderr") => void;
  readonly signal?: AbortSignal;
}

/** Runs a lab's tests against answers. The first run is cold; later ones see changed files and are quick. */
export interface Judge extends AsyncDisposable {
  run(requests: readonly JudgeRequest[]): Promise<readonly Judgement[]>;
  /**
   * Runs the tests of many answers in few processes: a quick look, at a third of the cost. A request that fails here
   * fails; one of which nothing is told must be judged by `run`, in a process of its own. What is asked for in one turn
   * of the event loop shares its processes, whoever asks.
   */
  screen(requests: readonly ScreeningRequest[]): Promise<ReadonlyMap<JudgeRequest, Judgement>>;
}

export interface JudgeOptions {
  readonly labDir: string;
  /** The answers that will be asked about. Others may follow: nothing is prepared for each. */
  readonly answers?: readonly Answer[];
  /** How many test files run at once; 2 unless told. */
  readonly workers?: number;
  /** The CPU time after which a test process whose event loop stands still is ended as hung; 5,000 ms unless told. */
  readonly hungAfterCpuMs?: number;
}

/** Gets ready to judge answers to the lab in `labDir`. Dispose it: it keeps a process ready for the next run. */
export async function createJudge({ labDir, workers = 2, hungAfterCpuMs }: JudgeOptions): Promise<Judge> {
  const dir = realpathSync(labDir); // As vite calls what it resolves itself.
  const answers = new AnswerPlugin(dir);
  const server = await startVitest(dir, answers, { workers, hungAfterCpuMs });
  let last: Promise<unknown> = Promise.resolve();

  function forgetChanged(): void {
    for (const file of answers.takeChanged()) server.vitest.invalidateFile(file);
  }

  async function runAll(requests: readonly JudgeRequest[]): Promise<Judgement[]> {
    for (const { signal } of requests) signal?.throwIfAborted();
    forgetChanged();
    const judgements = new Map<JudgeRequest, Judgement>();
    for (const group of withDistinctAnswers(requests)) {
      const round = new Round(server, answers, group, { labDir: dir, files: testFilesOf(dir) });
      for (const [request, judgement] of await round.run()) judgements.set(request, judgement);
    }
    return requests.map((request) => judgements.get(request) as Judgement);
  }

  const screening = new Gathering((requests: readonly ScreeningRequest[]) =>
    inTurn(() => {
      forgetChanged();
      return new Screening(server, answers, { labDir: dir, workers }).run(requests);
    }),
  );

  /** One after the other: vitest runs one set of files at a time. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = last.then(run);
    last = result.catch(() => {});
    return result;
  }

  return {
    run: (requests) => inTurn(() => runAll(requests)),
    screen: (requests) => screening.ask(requests),
    async [Symbol.asyncDispose]() {
      await setImmediate(); // What has been asked for in this turn has its place by then.
      await last;
      await server.close();
    },
  };
}

/** Does at one go what is asked of it in one turn of the event loop. */
class Gathering<Request, Result> {
  readonly #doAll: (requests: readonly Request[]) => Promise<Result>;
  #gathered: Request[] = [];
  #result: Promise<Result> | undefined;

  constructor(doAll: (requests: readonly Request[]) => Promise<Result>) {
    this.#doAll = doAll;
  }

  /** @returns The result for all. */
  ask(requests: readonly Request[]): Promise<Result> {
    this.#gathered.push(...requests);
    this.#result ??= setImmediate().then(() => {
      const all = this.#gathered;
      this.#gathered = [];
      this.#result = undefined;
      return this.#doAll(all);
    });
    return this.#result;
  }
}

/** A test file has one fate for each answer in a round, so requests about the same answer go into different rounds. */
function withDistinctAnswers(requests: readonly JudgeRequest[]): JudgeRequest[][] {
  const rounds: Map<string, JudgeRequest>[] = [];
  for (const request of requests) {
    const key = keyOf(request.answer);
    const round = rounds.find((candidate) => !candidate.has(key));
    if (round) round.set(key, request);
    else rounds.push(new Map([[key, request]]));
  }
  return rounds.map((round) => [...round.values()]);
}

function testFilesOf(labDir: string): string[] {
  const names = readdirSync(join(labDir, "test"), { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `test/${name.replaceAll("\\", "/")}`)
    .sort();
}
