import { relative, resolve, sep } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Recording } from "@pattern-labs/picture";
import type { SerializedError } from "vitest/node";
import { pathOf, type StackFrame, stackFrames } from "../stack-frames.ts";

/** Why a test failed, as plain data. */
export interface Failure {
  readonly kind: "guarantee" | "schedule" | "leak" | "todo" | "hung" | "crash" | "import" | "error";
  /** Whole and plain, without terminal codes. */
  readonly message: string;
  /** In the words of the problem, where the test speaks them. */
  readonly happened?: string;
  readonly expected?: string;
  readonly why?: string;
  /** "attempt/index.ts:42:7": the first place in the answer that the error's stack names. */
  readonly where?: string;
  /** The message without timeline and replay, of a failure that `explore` found. */
  readonly summary?: string;
  /** What happened when, of a failure that `explore` found, and the text that runs just this schedule again. */
  readonly timeline?: string;
  readonly replay?: string;
  /** What the jobs of the failing scenario did, if it recorded them: to be drawn. */
  readonly recording?: Recording;
}

/** Where a lab stands, and in which of its folders the answer. */
export interface Place {
  readonly labDir: string;
  readonly folder: string;
}

/** Puts what vitest reports into the judge's terms. */
export function failureOf(error: SerializedError, place: Place): Failure {
  const message = reworded(plain(error.message || String(error.name ?? "unknown error")));
  return {
    kind: kindOf(error, message),
    message: error.name === undefined || KIT_ERRORS.has(error.name) ? message : withName(error.name, message),
    ...texts(error, "happened", "expected", "why", "summary", "timeline", "replay"),
    ...recordingOf(error),
    ...whereOf(error, place),
  };
}

/** The same for an error that kept a whole test file from being loaded. */
export function importFailureOf(error: SerializedError, place: Place): Failure {
  const failure = failureOf(error, place);
  return failure.kind === "error" ? { ...failure, kind: "import" } : failure;
}

const KIT_ERRORS = new Set(["Error", "GuaranteeError", "ScheduleError", "LeakError", "AssertionError"]);

function kindOf(error: SerializedError, message: string): Failure["kind"] {
  if (/^(?:\w*Error: )?TODO\b/m.test(message)) return "todo";
  if (error.name === "GuaranteeError") return "guarantee";
  if (error.name === "ScheduleError") return "schedule";
  if (error.name === "LeakError") return "leak";
  if (message.startsWith("process.exit(")) return "crash";
  if (/^(Test|Hook) timed out in /.test(message)) return "hung";
  return "error";
}

const withName = (name: string, message: string) =>
  message.startsWith(name) ? message : `${name}: ${message}`;

/** What vitest says of things that it forbids, without the machine's paths. */
const reworded = (message: string) =>
  message
    .replace(/^Transform failed with 1 error:\s+/, "")
    .replace(
      /^process\.exit unexpectedly called with "(.*?)".*$/s,
      "process.exit($1) was called: it would end the tests too",
    );

const plain = (text: string): string => stripVTControlCharacters(text).replace(/\?answer=[^\s:)"']*/g, "");

type TextField = "happened" | "expected" | "why" | "summary" | "timeline" | "replay";

function texts(error: SerializedError, ...fields: TextField[]): Partial<Record<TextField, string>> {
  // Chai's errors carry `expected` too: a value, not a sentence. Only the kit's own errors speak in sentences.
  if (error.name !== "GuaranteeError" && error.name !== "ScheduleError") return {};
  const found: Partial<Record<TextField, string>> = {};
  for (const field of fields) {
    const text = error[field];
    if (typeof text === "string") found[field] = plain(text);
  }
  return found;
}

function recordingOf({ name, recording }: SerializedError): { recording?: Recording } {
  const isThere = name === "ScheduleError" && typeof recording === "object" && recording !== null;
  return isThere ? { recording: recording as Recording } : {};
}

function whereOf(error: SerializedError, place: Place): { where?: string } {
  const frame = placesOf(error).find(({ file }) => isIn(place, file));
  return frame === undefined ? {} : { where: placeText(place, frame) };
}

type SourcePlace = Pick<StackFrame, "file" | "line" | "column">;

function placesOf({ message, stack = "", stacks }: SerializedError): readonly SourcePlace[] {
  // The parser draws its error into the message: "╭─[ attempt/index.ts:2:8 ]", seen from the working directory.
  const drawn = /╭─\[ (?<file>.+):(?<line>\d+):(?<column>\d+) \]/.exec(
    stripVTControlCharacters(message),
  )?.groups;
  if (drawn)
    return [
      { file: resolve(drawn["file"] ?? ""), line: Number(drawn["line"]), column: Number(drawn["column"]) },
    ];
  return stacks ?? stackFrames(stack);
}

/** Whether a file belongs to the answer. */
export function isIn({ labDir, folder }: Place, file: string): boolean {
  return relative(labDir, pathOf(file)).startsWith(folder + sep);
}

export function placeText({ labDir }: Place, { file, line, column }: SourcePlace): string {
  return `${relative(labDir, pathOf(file)).replaceAll(sep, "/")}:${line}:${column}`;
}
