import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Ending {
  readonly code: number | null;
  /** From the signal to the exit. */
  readonly ms: number;
}

/** A server in a process of its own. Disposing of it kills it, if it should still be there. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(way: string, noticeMs = 0): Promise<ServerProcess> {
    const script = fileURLToPath(new URL("./server-main.ts", import.meta.url));
    const args = [...conditionsOf(process.execArgv), script, way, String(noticeMs)];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.on("error", () => {});
    const [port] = await Promise.race([once(child.stdout.setEncoding("utf8"), "data"), diedOf(child)]);
    return new ServerProcess(child, Number(port));
  }

  /** Sends SIGTERM, and after `graceMs` SIGKILL: then its code is null. */
  async shutDown(graceMs: number): Promise<Ending> {
    const exited = once(this.#child, "exit");
    const began = performance.now();
    this.#child.kill("SIGTERM");
    const killing = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    const [code] = await exited;
    clearTimeout(killing);
    return { code, ms: performance.now() - began };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

async function diedOf(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, "exit");
  throw new Error(`The server has ended before it could listen (${signal ?? `status ${code}`})`);
}

/** Which answer is meant is told by a condition; all else that this process was started with is its own affair. */
function conditionsOf(execArgv: readonly string[]): readonly string[] {
  return execArgv.flatMap((arg, n) => {
    if (arg.startsWith("--conditions=") || arg.startsWith("-C=")) return [arg];
    return arg === "--conditions" || arg === "-C" ? [arg, execArgv[n + 1] ?? ""] : [];
  });
}
