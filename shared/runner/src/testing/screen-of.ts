import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { run } from "../cli.ts";

/** A command behind a keyboard and a screen that are the test's. */
export interface Screen extends AsyncDisposable {
  /** Waits until the screen, as it was painted last, matches. Fails with that screen if the command ends first. */
  shows(pattern: RegExp): Promise<string>;
  /** The same for all that was told on standard error. */
  tells(pattern: RegExp): Promise<string>;
  press(keys: string): void;
  /** The exit status, once it has ended. */
  readonly status: Promise<number | null>;
  /** All that was written, with its terminal codes. */
  written(): string;
  /** What was told on standard error. */
  told(): string;
}

/** The command as a process of its own, which signals can be sent to. */
export interface ScreenOf extends Screen {
  kill(signal: NodeJS.Signals): void;
}

const size = { columns: 80, rows: 24 };
const surroundings = { TERM: "xterm", NO_COLOR: "1" };

/** Runs the real command. With `terminal: false` there is only a pipe, and what counts as the screen is all that was written. */
export function screenOf(cwd: string, args: readonly string[], { terminal = true } = {}): ScreenOf {
  const preload = join(import.meta.dirname, "pretend-terminal.ts");
  const main = join(import.meta.dirname, "..", "main.ts");
  const child = spawn(process.execPath, [...(terminal ? ["--import", preload] : []), main, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], ...surroundings },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const status = once(child, "close").then(([code]) => code as number | null);
  return {
    ...readScreen(child.stdout, child.stderr, status),
    press: (keys) => void child.stdin.write(keys),
    kill: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await status;
    },
  };
}

/**
 * Runs a command in this process, where the test runner is loaded but once: quick, for whatever is told by keys alone.
 * That a process gives the terminal back and ends is for `screenOf` to show.
 */
export function screenHere(cwd: string, args: readonly string[]): Screen {
  const output = Object.assign(new PassThrough(), { isTTY: true, ...size });
  const errors = new PassThrough();
  const keyboard = new PassThrough();
  const setRawMode = (on: boolean) => {
    errors.write(`[raw mode ${on ? "on" : "off"}]`);
    return input;
  };
  const input = Object.assign(keyboard, { isTTY: true, setRawMode }) as typeof keyboard & {
    isTTY: true;
    setRawMode(on: boolean): never;
  };
  const status = run(args, { input, output, errors, env: surroundings, cwd });
  return {
    ...readScreen(output, errors, status),
    press: (keys) => void keyboard.write(keys),
    [Symbol.asyncDispose]: async () => {
      keyboard.end(); // Whoever still listens for keys takes that for Ctrl-C.
      await status;
    },
  };
}

const beginFrame = "\u001b[?2026h";

/** Collects what a command writes, and looks at each piece whether somebody waits for it. */
function readScreen(
  output: Readable,
  errors: Readable,
  status: Promise<number | null>,
): Omit<Screen, "press" | typeof Symbol.asyncDispose> {
  let written = "";
  let told = "";
  const lookAgain = new Set<() => void>();
  output.setEncoding("utf8").on("data", (text: string) => {
    written += text;
    for (const look of lookAgain) look();
  });
  errors.setEncoding("utf8").on("data", (text: string) => {
    told += text;
    for (const look of lookAgain) look();
  });
  const lastFrame = () => stripVTControlCharacters(written.slice(written.lastIndexOf(beginFrame) + 1));

  const waitFor = (pattern: RegExp, text: () => string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = () => {
      if (pattern.test(text())) resolve(text());
    };
    lookAgain.add(look);
    look();
    status.then(
      () => reject(new Error(`The command ended before it showed ${pattern}:\n${lastFrame()}\n${told}`)),
      reject,
    );
    return promise.finally(() => lookAgain.delete(look));
  };

  return {
    shows: (pattern) => waitFor(pattern, lastFrame),
    tells: (pattern) => waitFor(pattern, () => told),
    status,
    written: () => written,
    told: () => told,
  };
}
