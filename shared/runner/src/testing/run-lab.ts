import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** What a command left behind. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real command in a process of its own, without a terminal. */
export async function runLab(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", "main.ts"), ...args], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr };
}

/** What these tests run under must not leak into what they run: vitest's own settings, or those of the machine. */
function cleanEnvironment(): Record<string, string | undefined> {
  const foreign = /^(VITEST|NODE_ENV|TEST$|CI$|NO_COLOR|FORCE_COLOR|LAB_|NODE_OPTIONS)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
