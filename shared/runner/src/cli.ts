import { Writable } from "node:stream";
import { CommanderError } from "commander";
import { Complaint, refusalJson } from "./complaint.ts";
import { describeCommands } from "./describe-commands.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { didYouMean } from "./nearest.ts";
import { paintFor } from "./paint.ts";
import { readRoad } from "./road.ts";
import { openSession } from "./session.ts";
import { status } from "./status.ts";
import { type Terminal, wantsColour, widthOf } from "./terminal.ts";
import { hang } from "./text.ts";
import { findRoot } from "./workspace.ts";

/** Runs one `lab` command and tells its exit status. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  using interrupt = listenForInterrupt();
  const { own, passedOn } = splitForDemo(splitAtDashes(args));
  const asksForJson = own.includes("--json");
  const complain = asksForJson ? complainInJson : complainInWords;
  try {
    refuseUnknownCommand(own, terminal);
    let result: number = status.held;
    const program = describeCommands(
      asksForJson ? withoutErrors(terminal) : terminal,
      passedOn,
      async (command) => {
        result = await command(openSession(terminal, interrupt));
      },
    );
    await program.parseAsync(own, { from: "user" });
    return interrupt.status ?? result;
  } catch (error) {
    if (interrupt.status !== undefined) return interrupt.status;
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return status.held;
      if (asksForJson) complain(new Complaint(error.message.replace(/^error: /, "")), terminal);
      return status.misuse;
    }
    if (error instanceof Complaint) {
      complain(error, terminal);
      return status.misuse;
    }
    if (isRefusal(error)) {
      complain(new Complaint(error.message), terminal);
      return status.misuse;
    }
    throw error;
  }
}

/** What the operating system refused: a folder that may not be written, a disk that is full. */
function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  const refusals = ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR", "EISDIR"];
  return error instanceof Error && "code" in error && refusals.includes(String(error.code));
}

/** What follows `--` is not for this command but for what it runs. */
function splitAtDashes(args: readonly string[]): { own: readonly string[]; passedOn: readonly string[] } {
  const dashes = args.indexOf("--");
  return dashes === -1
    ? { own: args, passedOn: [] }
    : { own: args.slice(0, dashes), passedOn: args.slice(dashes + 1) };
}

/**
 * What a demo is asked for need not stand behind `--`: from the first option that is not `lab demo`'s own, everything is
 * the demo's, and after a lab's name `--help` too is asked of it.
 */
function splitForDemo({ own, passedOn }: ReturnType<typeof splitAtDashes>): ReturnType<typeof splitAtDashes> {
  if (own[0] !== "demo") return { own, passedOn };
  const isOwn = (word: string, at: number) =>
    !word.startsWith("-") ||
    /^--target(=|$)/.test(word) ||
    (/^(-h|--help)$/.test(word) && own.slice(1, at).every((before) => before.startsWith("-")));
  const end = own.findIndex((word, at) => !isOwn(word, at));
  return end === -1
    ? { own, passedOn }
    : { own: own.slice(0, end), passedOn: [...own.slice(end), ...passedOn] };
}

/** A first word that is no command: commander would take it for an argument too many. */
function refuseUnknownCommand(args: readonly string[], terminal: Terminal): void {
  const first = args[0] === "help" ? args[1] : args[0];
  if (first === undefined || first.startsWith("-")) return;
  const commands = describeCommands(terminal, [], async () => {}).commands.map((command) => command.name());
  if (commands.includes(first)) return;
  const labs = readRoad(findRoot(terminal.cwd)).map((place) => place.name);
  if (labs.includes(first)) {
    throw new Complaint(
      `"${first}" is a lab; say what to do with it.`,
      `For instance: npx lab watch ${first}`,
    );
  }
  throw new Complaint(
    `There is no command "${first}".${didYouMean(first, commands)}`,
    "npx lab --help lists them all.",
  );
}

/** Commander tells of a mistake in words; who asked for JSON gets it in JSON, and no second time. */
function withoutErrors(terminal: Terminal): Terminal {
  return { ...terminal, errors: new Writable({ write: (_chunk, _encoding, done) => done() }) };
}

function complainInJson(complaint: Complaint, { output }: Terminal): void {
  output.write(`${refusalJson(complaint)}\n`);
}

function complainInWords({ message, advice }: Complaint, terminal: Terminal): void {
  const paint = paintFor(wantsColour(terminal));
  // What is piped somewhere is searched for sentences: there they stay on one line.
  const width = terminal.output.isTTY === true ? widthOf(terminal) : Number.POSITIVE_INFINITY;
  const lines = [
    ...hang("lab:", message, { margin: 5, width, paintLabel: paint.bad }),
    ...(advice === undefined ? [] : hang("", paint.dim(advice), { margin: 5, width })),
  ];
  terminal.errors.write(lines.map((line) => `${line}\n`).join(""));
}
