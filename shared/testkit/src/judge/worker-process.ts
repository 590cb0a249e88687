import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { PoolOptions, PoolWorker, WorkerRequest } from "vitest/node";
import { REPORT_FD_VARIABLE } from "../watchdog/report.ts";

const REPORT_FD = 4;
const DRAIN_GRACE_MS = 1_000;

/** What becomes known of a test process besides what vitest itself tells. */
export interface ProcessListener {
  /** It is about to run this test file; its id as the specification has it. */
  onRun(process: WorkerProcess, moduleId: string): void;
  /** It printed something. */
  onOutput(process: WorkerProcess, text: string, stream: "stdout" | "stderr"): void;
  /** Its watchdog wrote a line: a test began, or the process hangs. */
  onReport(process: WorkerProcess, line: string): void;
  /** It ended without having been asked to, and all it had to say has been heard. */
  onDeath(process: WorkerProcess, ending: { code: number | null; signal: NodeJS.Signals | null }): void;
}

/**
 * A process in which vitest runs one test file. Like vitest's own fork, with two differences: its output goes to a
 * listener, not to the terminal, and file descriptor 4 is a line to its watchdog that works even while its event loop
 * is stuck.
 */
export class WorkerProcess implements PoolWorker {
  readonly name = "forks";
  readonly cacheFs = true;
  readonly #child: ChildProcess;
  readonly #listener: ProcessListener;
  readonly #ended: Promise<void>;
  #stopping = false;

  constructor(options: PoolOptions, listener: ProcessListener) {
    this.#listener = listener;
    this.#child = fork(join(options.distPath, "workers/forks.js"), [], {
      env: { ...options.env, [REPORT_FD_VARIABLE]: String(REPORT_FD) },
      execArgv: options.execArgv,
      cwd: options.project.config.root, // As if vitest had been started in the lab: places read the same.
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      serialization: "advanced",
    });
    this.#ended = this.#listen();
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  on(event: string, callback: (...args: unknown[]) => void): void {
    this.#child.on(event === "exit" ? "drained" : event, callback);
  }

  off(event: string, callback: (...args: unknown[]) => void): void {
    this.#child.off(event === "exit" ? "drained" : event, callback);
  }

  send(message: WorkerRequest): void {
    if (message.type === "run") this.#listener.onRun(this, message.context.files[0]?.filepath ?? "");
    if (this.#child.connected) this.#child.send(message, () => {}); // Who is dead does not hear it: told by `onDeath`.
  }

  deserialize(data: unknown): unknown {
    return data;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill("SIGKILL"); // Its work is done and its teardown has run: nothing is lost.
    await this.#ended;
  }

  /** Ends it at once, in the middle of whatever it does. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #listen(): Promise<void> {
    const child = this.#child;
    const { stdout, stderr } = child;
    const report = child.stdio[REPORT_FD] as Readable;
    stdout?.setEncoding("utf8").on("data", (text: string) => this.#listener.onOutput(this, text, "stdout"));
    stderr?.setEncoding("utf8").on("data", (text: string) => this.#listener.onOutput(this, text, "stderr"));
    eachLine(report, (line) => this.#listener.onReport(this, line));

    const { promise, resolve } = Promise.withResolvers<void>();
    child.on("error", () => {}); // A message to a process that just died; its death is told below.
    let ending: [number | null, NodeJS.Signals | null] = [null, null];
    child.once("exit", (code, signal) => {
      ending = [code, signal];
      // Something that it started and left behind may hold its pipes open: that is not waited for.
      const grace = setTimeout(() => {
        for (const stream of [stdout, stderr, report]) stream?.destroy();
      }, DRAIN_GRACE_MS);
      child.once("close", () => clearTimeout(grace));
    });
    // "close" comes after "exit", once all pipes have been read to their end. Vitest hears of the end only then.
    child.once("close", () => {
      if (!this.#stopping) this.#listener.onDeath(this, { code: ending[0], signal: ending[1] });
      child.emit("drained", ...ending);
      resolve();
    });
    return promise;
  }
}

function eachLine(stream: Readable, listener: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) listener(line);
  });
}
