import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Assignment, Reply } from "./assignment.ts";

const entry = join(import.meta.dirname, "child", "main.ts");

/** Lines of a child's last words that are worth keeping. */
const lastWords = 4_000;

export interface ChildOptions {
  readonly conditions: readonly string[];
  /** Ends the child; the promise rejects with its reason. */
  readonly signal: AbortSignal;
  /** How long it may take, however slow the machine, before it counts as hung. */
  readonly patienceMs: number;
}

/** Has a fresh process do it. However that process ends, there is a reply. */
export async function startChild(assignment: Assignment, options: ChildOptions): Promise<Reply> {
  const { conditions, signal, patienceMs } = options;
  signal.throwIfAborted();
  const child = fork(entry, [JSON.stringify(assignment)], {
    execArgv: [...conditions.flatMap((name) => ["--conditions", name]), ...flagsFor(assignment)],
    // Peers do without their checks for developers, as they would in production.
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let reply: Reply | undefined;
  child.once("message", (message) => {
    reply = message as Reply;
  });
  const stderr = keepLastWords(child);
  let hung = false;
  const hang = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, patienceMs);
  const stop = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop);
  // A child that never lets go of its thread does not notice that nobody waits for it any more.
  process.on("exit", stop);
  try {
    const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    signal.throwIfAborted();
    if (reply !== undefined) return reply;
    const failure = hung
      ? `it had not finished after ${patienceMs / 1000} s`
      : describeEnd(code, killedBy, stderr.text);
    return { kind: "failed", failure };
  } finally {
    clearTimeout(hang);
    signal.removeEventListener("abort", stop);
    process.off("exit", stop);
  }
}

/** A small young generation, so that memory is looked at often: see count. */
function flagsFor({ task }: Assignment): string[] {
  return task.kind === "count" ? ["--expose-gc", "--max-semi-space-size=1"] : [];
}

function keepLastWords(child: ChildProcess): { text: string } {
  const kept = { text: "" };
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    kept.text = (kept.text + text).slice(-lastWords);
  });
  return kept;
}

/** The exit status with which Node tells that the main module waits for something that cannot come. */
const nothingLeft = 13;

function describeEnd(code: number | null, killedBy: NodeJS.Signals | null, stderr: string): string {
  if (stderr.includes("heap out of memory")) return "it ran out of memory";
  if (code === nothingLeft) return "it waits for ever: nothing is left that could wake it";
  if (code === 0) return "it ended its process before it had finished";
  const words = stderr.trim().split("\n").at(-1) ?? "";
  const end =
    killedBy === null ? `its process ended with status ${code}` : `its process was ended by ${killedBy}`;
  return words === "" ? end : `${end}: ${words}`;
}
