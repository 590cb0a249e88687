import { existsSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { parseArgs } from "node:util";
import type { ProfileKind } from "./assignment.ts";
import { type RunOptions, runBench } from "./run-bench.ts";
import { showProgress } from "./show-progress.ts";
import { toJson } from "./to-json.ts";
import { toSvg } from "./to-svg.ts";
import { toTable } from "./to-table.ts";

const usage = `bench FILE...   measures what a bench file defines, and prints a table

  --time SECONDS      how long each strategy is measured, over all rounds (default 1)
  --rounds N          how often each is measured, in a fresh process each time (default 5)
  --only TEXT         only workloads, or else strategies, with this in their name
  --json FILE         writes the numbers as JSON; - prints them instead of the table
  --svg FILE          writes a picture
  --profile cpu|heap  writes profiles to .profiles/ as well, for Chrome DevTools or speedscope
  --help              prints this
`;

/** Runs the command and tells its exit status: 0, 2 if it could not be understood, 130 after Ctrl-C. */
export async function run(args: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = readArguments(args);
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (command.help) {
    process.stdout.write(usage);
    return 0;
  }
  using interrupt = listenForInterrupt();
  for (const file of command.files) {
    const failure = await benchFile(file, command, interrupt.signal);
    if (failure !== undefined) {
      process.stderr.write(`bench: ${failure}\n`);
      return 2;
    }
    if (interrupt.status !== undefined) return interrupt.status;
  }
  return 0;
}

interface Command {
  readonly files: readonly string[];
  readonly help: boolean;
  readonly json: string | undefined;
  readonly svg: string | undefined;
  readonly options: RunOptions;
}

function readArguments(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      time: { type: "string" },
      rounds: { type: "string" },
      only: { type: "string" },
      json: { type: "string" },
      svg: { type: "string" },
      profile: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const help = values.help === true;
  if (positionals.length === 0 && !help) throw new Error("Name at least one bench file");
  const missing = positionals.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Error(`There is no file ${missing}`);
  if (positionals.length > 1 && (values.json ?? values.svg) !== undefined) {
    throw new Error("--json and --svg are for one bench file at a time");
  }
  const kind = values.profile === undefined ? undefined : parseProfileKind(values.profile);
  return {
    files: positionals,
    help,
    json: values.json,
    svg: values.svg,
    options: {
      seconds: values.time === undefined ? undefined : parseSeconds(values.time),
      rounds: values.rounds === undefined ? undefined : parseRounds(values.rounds),
      only: values.only,
      profile: kind === undefined ? undefined : { kind, folder: ".profiles" },
    },
  };
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new Error(`--time must be a number of seconds above 0, got "${text}"`);
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(rounds) && rounds > 0) return rounds;
  throw new Error(`--rounds must be a whole number from 1, got "${text}"`);
}

function parseProfileKind(text: string): ProfileKind {
  if (text === "cpu" || text === "heap") return text;
  throw new Error(`--profile must be cpu or heap, got "${text}"`);
}

/** What keeps the file from being measured at all, in words. */
async function benchFile(file: string, command: Command, signal: AbortSignal): Promise<string | undefined> {
  const { json, svg, options } = command;
  using progress = showProgress(process.stderr);
  try {
    const report = await runBench(file, { ...options, signal, onProgress: progress.show });
    progress[Symbol.dispose]();
    const width = process.stdout.isTTY ? process.stdout.columns : undefined;
    process.stdout.write(json === "-" ? toJson(report) : toTable(report, { width }));
    if (json !== undefined && json !== "-") writeFileSync(json, toJson(report));
    if (svg !== undefined) writeFileSync(svg, toSvg(report));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The first interrupt stops the bench; the second ends the process at once. */
function listenForInterrupt(): Disposable & {
  readonly signal: AbortSignal;
  readonly status: number | undefined;
} {
  const controller = new AbortController();
  let status: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (status !== undefined) process.exit(status);
    status = 128 + constants.signals[signal];
    controller.abort(new Error(`stopped by ${signal}`));
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, stop);
  return {
    signal: controller.signal,
    get status() {
      return status;
    },
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}
