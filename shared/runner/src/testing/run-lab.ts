import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { run } from "../cli.ts";

/** What a command left behind. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, without a terminal: quick, for whatever starts no processes of its own. */
export async function runLab(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const stdout = collect();
  const stderr = collect();
  const terminal = { input: new PassThrough(), output: stdout.stream, errors: stderr.stream, env, cwd };
  const status = await run(args, terminal);
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

/** Runs the real command, in a process of its own, without a terminal. */
export async function spawnLab(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", "main.ts"), ...args], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout = collect();
  const stderr = collect();
  child.stdout.pipe(stdout.stream);
  child.stderr.pipe(stderr.stream);
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(): { readonly stream: Writable; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join("") };
}

/** What these tests run under must not leak into what they run: vitest's own settings, or those of the machine. */
function cleanEnvironment(): Record<string, string | undefined> {
  const foreign = /^(VITEST|NODE_ENV|TEST$|CI$|NO_COLOR|FORCE_COLOR|LAB_|NODE_OPTIONS)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
