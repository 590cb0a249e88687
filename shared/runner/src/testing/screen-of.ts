import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** The real command behind a keyboard and a screen that are the test's. */
export interface ScreenOf extends AsyncDisposable {
  /** Waits until the screen, as it was painted last, matches. Fails with that screen if the command ends first. */
  shows(pattern: RegExp): Promise<string>;
  /** The same for all that was told on standard error. */
  tells(pattern: RegExp): Promise<string>;
  press(keys: string): void;
  kill(signal: NodeJS.Signals): void;
  /** The exit status, once it has ended. */
  readonly status: Promise<number | null>;
  /** All that was written, with its terminal codes. */
  written(): string;
  /** What was told on standard error. */
  told(): string;
}

const beginFrame = "\u001b[?2026h";

/** With `terminal: false` there is only a pipe, and what counts as the screen is all that was written. */
export function screenOf(cwd: string, args: readonly string[], { terminal = true } = {}): ScreenOf {
  const preload = join(import.meta.dirname, "pretend-terminal.ts");
  const main = join(import.meta.dirname, "..", "main.ts");
  const child = spawn(process.execPath, [...(terminal ? ["--import", preload] : []), main, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], TERM: "xterm", NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let written = "";
  let told = "";
  const lookAgain = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text;
    for (const look of lookAgain) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    told += text;
    for (const look of lookAgain) look();
  });
  const ended = once(child, "close");
  const lastFrame = () => stripVTControlCharacters(written.slice(written.lastIndexOf(beginFrame) + 1));

  const waitFor = (pattern: RegExp, text: () => string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = () => {
      if (pattern.test(text())) resolve(text());
    };
    lookAgain.add(look);
    look();
    ended.then(() =>
      reject(new Error(`The command ended before it showed ${pattern}:\n${lastFrame()}\n${told}`)),
    );
    return promise.finally(() => lookAgain.delete(look));
  };

  return {
    shows: (pattern) => waitFor(pattern, lastFrame),
    tells: (pattern) => waitFor(pattern, () => told),
    press: (keys) => void child.stdin.write(keys),
    kill: (signal) => void child.kill(signal),
    status: ended.then(([status]) => status as number | null),
    written: () => written,
    told: () => told,
    [Symbol.asyncDispose]: () => end(child, ended),
  };
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await ended;
}
