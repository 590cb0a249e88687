import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** How a process ended: of `code` and `signal` one is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly cwd?: string;
  /** Added to this process's own environment; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The user that it runs as, by number; only root may choose. */
  readonly uid?: number;
}

/** A real child process, ended with everything it started when its scope is left. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** Settles once it has ended and all its output has been read. Never rejects. */
  readonly exit: Promise<Exit>;
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /**
   * The first line of stdout or stderr that matches, printed already or still to come.
   *
   * @throws {Error} If the process ends without one; the message shows what it printed.
   */
  line(pattern: RegExp): Promise<string>;
  /** Writes to its stdin, and waits until that is taken. */
  write(text: string): Promise<void>;
  /** Ends its stdin. */
  endInput(): void;
  /** Sends a signal to it alone; SIGTERM unless told. False if it has ended. */
  kill(signal?: NodeJS.Signals): boolean;
}

/**
 * Starts a child process for a test.
 *
 * @example
 * ```ts
 * await using server = await startProcess(process.execPath, ["server.ts"]);
 * await server.line(/listening/);
 * server.kill("SIGTERM");
 * expect(await server.exit).toEqual({ code: 0, signal: null });
 * ```
 *
 * @throws The system's error if the command cannot be started, such as ENOENT.
 */
export async function startProcess(
  command: string,
  args: readonly string[] = [],
  { cwd, env, uid }: ProcessOptions = {},
): Promise<RunningProcess> {
  const child = spawn(command, args, {
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid }),
    env: { ...process.env, ...env },
    stdio: "pipe",
    detached: true, // The leader of a group of its own, so that what it started can be ended with it.
  });
  const running = new ChildRunning(child);
  await once(child, "spawn");
  return running;
}

interface Wanted {
  readonly pattern: RegExp;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

class ChildRunning implements RunningProcess {
  readonly exit: Promise<Exit>;
  readonly #child: ReturnType<typeof spawn>;
  readonly #texts = { stdout: "", stderr: "" };
  readonly #lines: string[] = [];
  readonly #wanted = new Set<Wanted>();
  #ended = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    const endOfOutput = (["stdout", "stderr"] as const).map((name) => this.#read(name, child[name]));
    // A process that ends while it is written to is seen by its exit; that its pipe broke is no news.
    child.stdin?.on("error", () => {});

    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.exit = promise;
    child.once("exit", async (code, signal) => {
      this.#ended = true;
      // A process of its own that it left behind would hold the pipes open for ever, and nobody would end it.
      this.#killGroup();
      await Promise.all(endOfOutput);
      for (const { pattern, reject } of this.#wanted) reject(this.#noLine(pattern));
      resolve({ code, signal });
    });
  }

  get pid(): number {
    return this.#child.pid as number; // It was spawned.
  }

  get stdout(): string {
    return this.#texts.stdout;
  }

  get stderr(): string {
    return this.#texts.stderr;
  }

  async line(pattern: RegExp): Promise<string> {
    const printed = this.#lines.find((line) => matches(line, pattern));
    if (printed !== undefined) return printed;

    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const wanted: Wanted = { pattern, resolve, reject };
    this.#wanted.add(wanted);
    // What ended before it was asked has no line to come; what ends later rejects by itself.
    if (this.#ended) void this.exit.then(() => reject(this.#noLine(pattern)));
    try {
      return await promise;
    } finally {
      this.#wanted.delete(wanted);
    }
  }

  async write(text: string): Promise<void> {
    const { stdin } = this.#child;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    stdin?.write(text, (error) => (error ? reject(error) : resolve()));
    await promise;
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  kill(signal: NodeJS.Signals = "SIGTERM"): boolean {
    return !this.#ended && this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#killGroup();
    await this.exit;
  }

  #read(name: "stdout" | "stderr", stream: Readable | null): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      this.#texts[name] += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    });
    stream?.once("close", () => {
      if (rest !== "") this.#take(rest);
      resolve();
    });
    return promise;
  }

  #take(line: string): void {
    this.#lines.push(line);
    for (const { pattern, resolve } of this.#wanted) if (matches(line, pattern)) resolve(line);
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // ESRCH: nobody of the group is left.
    }
  }

  #noLine(pattern: RegExp): Error {
    return new Error(
      `The process ended without a line that matches ${pattern}. It printed:\n${this.stdout}${this.stderr}`,
    );
  }
}

/** Unlike `test`, the same for every call with a pattern that has the flag g or y. */
const matches = (line: string, pattern: RegExp) => line.search(pattern) !== -1;
