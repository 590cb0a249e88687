import { Writable } from "node:stream";
import {
  type CliOptions,
  createVitest,
  type PoolOptions,
  type Reporter,
  type Vite,
  type Vitest,
} from "vitest/node";
import { COMMON_TEST_OPTIONS, commonEnvironment } from "../common-test-options.ts";
import { HUNG_AFTER_VARIABLE } from "../watchdog/report.ts";
import type { AnswerPlugin } from "./answer-plugin.ts";
import { type ProcessListener, WorkerProcess } from "./worker-process.ts";

/** A vitest that prints nothing and watches nothing, with a process kept ready, so that the next run begins at once. */
export interface Server {
  readonly vitest: Vitest;
  /** Who hears of processes and tests during the next run. */
  attach(listener: ProcessListener & Reporter): void;
  /** Starts the process that the next run will find ready. */
  prepare(): void;
  close(): Promise<void>;
}

export async function startVitest(
  labDir: string,
  answers: AnswerPlugin,
  { workers, hungAfterCpuMs }: { workers: number; hungAfterCpuMs: number | undefined },
): Promise<Server> {
  let listener: (ProcessListener & Reporter) | undefined;
  const processes = new ReadyProcess({
    onRun: (...args) => listener?.onRun(...args),
    onOutput: (...args) => listener?.onOutput(...args),
    onReport: (...args) => listener?.onReport(...args),
    onDeath: (...args) => listener?.onDeath(...args),
  });
  const reporter: Reporter = {
    onTestModuleCollected: (module) => listener?.onTestModuleCollected?.(module),
    onTestCaseResult: (test) => listener?.onTestCaseResult?.(test),
  };

  const options: CliOptions = {
    config: false,
    root: labDir,
    watch: false,
    reporters: [reporter],
    maxWorkers: workers,
    // The processes' own output is listened to: sending each console.log as a message would let a flood drown vitest.
    disableConsoleIntercept: true,
    fsModuleCache: false,
    cache: false,
  };
  const overrides: Vite.InlineConfig = {
    configFile: false,
    logLevel: "silent",
    plugins: [answers],
    test: {
      ...COMMON_TEST_OPTIONS,
      pool: { name: "pattern-labs", createPoolWorker: (options) => processes.take(options) },
      env: {
        ...commonEnvironment(labDir),
        ...(hungAfterCpuMs !== undefined && { [HUNG_AFTER_VARIABLE]: String(hungAfterCpuMs) }),
      },
    },
  };
  const silence = () => new Writable({ write: (_chunk, _encoding, done) => done() });
  const vitest = await createVitest(options, overrides, { stdout: silence(), stderr: silence() });
  await vitest.standalone();

  return {
    vitest,
    attach(next) {
      listener = next;
    },
    prepare: () => processes.prepare(),
    async close() {
      await processes.dispose();
      await vitest.close();
    },
  };
}

/** Hands out test processes, and keeps one started that is like the one before. */
class ReadyProcess {
  readonly #listener: ProcessListener;
  #like: PoolOptions | undefined;
  #ready: WorkerProcess | undefined;

  constructor(listener: ProcessListener) {
    this.#listener = listener;
  }

  take(options: PoolOptions): WorkerProcess {
    const ready = this.#ready;
    this.#ready = undefined;
    const fits = ready?.isAlive && this.#like !== undefined && sameProcess(this.#like, options);
    this.#like = options;
    if (fits) return ready;
    void ready?.stop();
    return new WorkerProcess(options, this.#listener);
  }

  prepare(): void {
    if (this.#like !== undefined) this.#ready ??= new WorkerProcess(this.#like, this.#listener);
  }

  async dispose(): Promise<void> {
    this.#like = undefined;
    await this.#ready?.stop();
  }
}

function sameProcess(a: PoolOptions, b: PoolOptions): boolean {
  return JSON.stringify([a.env, a.execArgv]) === JSON.stringify([b.env, b.execArgv]);
}
