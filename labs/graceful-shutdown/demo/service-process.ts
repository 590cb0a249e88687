import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type JobRecord, readJobRecord } from "../given/job-store.ts";
import { type News, newsSchema, type ServiceOptions, wallNow } from "./messages.ts";

/**
 * Who is started, and sent the signals: the service itself; `npm start` with the script `node …` or `exec node …`; the
 * service as process 1, as in a container.
 */
export const STARTERS = ["node", "npm", "npm-exec", "process-1"] as const;
export type Starter = (typeof STARTERS)[number];

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The service in a process of its own, with a folder of its own. Both are gone when its scope is left. */
export class ServiceProcess implements AsyncDisposable {
  /** Of the process that was started: it is the service, or has started it. */
  readonly exit: Promise<Exit>;
  /** When the service itself has ended, and all that it told has been heard. */
  readonly gone: Promise<number>;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #starter: Starter;
  readonly #news = new EventEmitter<{ news: [News] }>();
  #listening: Extract<News, { news: "listening" }> | undefined;
  #problem: string | undefined;
  #errors = "";
  #hasExited = false;
  /** For an end of the demo that waits for nothing, as at a second Ctrl-C. */
  readonly #sweep = () => {
    if (this.pid !== undefined) tryKill(-this.pid, "SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  };

  /** @throws {Error} If it cannot be started so on this machine. */
  constructor(options: Omit<ServiceOptions, "folder" | "demoPid">, starter: Starter) {
    this.#starter = starter;
    this.#folder = mkdtempSync(join(tmpdir(), "graceful-shutdown-"));
    const settings: ServiceOptions = { ...options, folder: this.#folder, demoPid: process.pid };
    writeFileSync(join(this.#folder, "options.json"), JSON.stringify(settings));
    const [command, ...args] = commandFor(starter, this.#folder);
    // In a group of its own: Ctrl-C in a terminal is for the demo alone, and what is left over is ended with it.
    this.#child = spawn(command, args, {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    process.once("exit", this.#sweep);
    this.#listen();
    this.exit = this.#whenExited();
    this.gone = this.#whenGone();
  }

  /** Why the answer could not be put together, in a sentence. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What it has written to its standard error. */
  get errors(): string {
    return this.#errors;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whom an orchestrator would send its signals to: the process that was started, or process 1 of the container. */
  get signalledPid(): number | undefined {
    const { pid } = this;
    return pid !== undefined && this.#starter === "process-1" ? (childOf(pid) ?? pid) : pid;
  }

  /** Of the service itself, which with npm is another than the one that was started; in a container it is 1. */
  get servicePid(): number | undefined {
    return this.#listening?.pid;
  }

  /** Resolves to its port; to undefined if it ends instead. */
  async listening(): Promise<number | undefined> {
    const ended = new AbortController();
    void this.exit.then(() => ended.abort());
    while (this.#listening === undefined) {
      try {
        await once(this.#news, "news", ended);
      } catch {
        return undefined;
      }
    }
    return this.#listening.port;
  }

  onNews(listener: (news: News) => void): void {
    this.#news.on("news", listener);
  }

  kill(signal: NodeJS.Signals): void {
    const { signalledPid } = this;
    if (signalledPid !== undefined && !this.#hasExited) tryKill(signalledPid, signal);
  }

  /** Whether the service lives on, though the one that started it has ended. */
  get isOrphan(): boolean {
    return (
      this.#starter.startsWith("npm") &&
      this.#hasExited &&
      this.servicePid !== undefined &&
      isRunning(this.servicePid)
    );
  }

  /** At once, the service as well as whoever has started it. */
  async killAll(): Promise<void> {
    if (this.isOrphan && this.servicePid !== undefined) tryKill(this.servicePid, "SIGKILL");
    if (this.pid !== undefined) tryKill(-this.pid, "SIGKILL");
    await this.gone;
  }

  jobs(): JobRecord {
    return readJobRecord(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killAll();
    process.off("exit", this.#sweep);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #listen(): void {
    const { stdout, stderr } = this.#child;
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-10_000);
    });
    if (stdout !== null) createInterface(stdout).on("line", (line) => this.#hear(line));
  }

  #whenExited(): Promise<Exit> {
    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.#child.once("error", (error) => {
      this.#problem = `The service could not be started: ${error.message}.`;
      resolve({ code: null, signal: null, at: wallNow() });
    });
    this.#child.once("exit", (code, signal) => {
      this.#hasExited = true;
      resolve({ code, signal, at: wallNow() });
    });
    return promise;
  }

  /** It holds the other end of the pipes, also as an orphan. */
  async #whenGone(): Promise<number> {
    await new Promise<void>((resolve) => void this.#child.once("close", () => resolve()));
    return wallNow();
  }

  #hear(line: string): void {
    const news = readNews(line);
    if (news === undefined) return;
    if (news.news === "listening") this.#listening = news;
    if (news.news === "broken") this.#problem = news.problem;
    this.#news.emit("news", news);
  }
}

function commandFor(starter: Starter, folder: string): readonly [string, ...string[]] {
  const script = fileURLToPath(new URL("./service-main.ts", import.meta.url));
  const node = [process.execPath, ...process.execArgv, script, folder] as const;
  if (starter === "node") return node;
  if (starter === "process-1")
    return ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", ...node];
  const quoted = node.map((part) => `'${part}'`).join(" ");
  const start = starter === "npm" ? quoted : `exec ${quoted}`;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, scripts: { start } }));
  return ["npm", "start", "--silent"];
}

/** npm says a thing or two on the same output. */
function readNews(line: string): News | undefined {
  if (!line.startsWith("{")) return undefined;
  return newsSchema.safeParse(JSON.parse(line)).data;
}

/** The first child of a process, as Linux tells it. */
function childOf(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? undefined : Number(children.split(" ")[0]);
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
