import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DemoError } from "@pattern-labs/demo";
import { z } from "zod";

const lineSchema = z.looseObject({
  msg: z.string(),
  job: z.string().optional(),
  requestId: z.string().optional(),
  url: z.string().optional(),
});

/** A line of the service's log. */
export type LogLine = z.infer<typeof lineSchema>;

const script = fileURLToPath(new URL("../service/main.ts", import.meta.url));

/** The service in a process of its own. It is ended when its scope is left. */
export class ServiceProcess implements AsyncDisposable {
  /** Resolves when it has ended, and all that it wrote has been read. */
  readonly gone: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #url = Promise.withResolvers<string>();
  #errors = "";

  constructor(args: readonly string[], onLine: (line: LogLine) => void) {
    // In a group of its own: Ctrl-C in a terminal is for the demo, which sees to the rest. By the channel it notices
    // that the demo has gone, however that came.
    this.#child = spawn(process.execPath, [...process.execArgv, script, ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-10_000);
    });
    if (this.#child.stdout !== null) {
      createInterface(this.#child.stdout).on("line", (text) => {
        const line = readLine(text);
        if (line?.msg === "listening") this.#url.resolve(line.url ?? "");
        if (line !== undefined) onLine(line);
      });
    }
    // A demo that is ended at once leaves nobody behind who still writes into its folder.
    const kill = () => this.#child.kill("SIGKILL");
    process.once("exit", kill);
    this.gone = once(this.#child, "close");
    void this.gone.then(() => process.off("exit", kill));
    this.#url.promise.catch(() => {}); // Nobody may be waiting for it.
    void this.gone.then(() => this.#url.reject(this.#complaint()));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Its address, once it listens. @throws {DemoError} If it ends instead: with what it said. */
  get url(): Promise<string> {
    return this.#url.promise;
  }

  /** Its exit status, once it has ended; undefined if a signal has ended it. */
  get status(): number | undefined {
    return this.#child.exitCode ?? undefined;
  }

  /** How it has ended: "status 1", or the signal. */
  get ending(): string {
    return this.#child.signalCode ?? `status ${this.#child.exitCode}`;
  }

  /** At once, as a lost machine would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.gone;
  }

  /** As an orchestrator would. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #complaint(): DemoError {
    const said = this.#errors.trim().replace(/\.$/, "") || `it has ended (${this.ending})`;
    return new DemoError(`the service did not start: ${said}`);
  }
}

/** Undefined for half a line: of a process that was killed while it wrote. */
function readLine(text: string): LogLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
