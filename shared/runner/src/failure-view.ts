import { type Recording, readRun, toText } from "@pattern-labs/picture";
import type { Failure } from "@pattern-labs/testkit/judge";
import type { Paint } from "./paint.ts";
import { cut, hang, indent } from "./text.ts";
import type { Target } from "./verdict.ts";

/** A failure, told in the learner's words: labelled rows, then perhaps a picture, and a timeline. */
export interface FailureStory {
  readonly rows: readonly Row[];
  /** What happened in the run, to be drawn. */
  readonly recording?: Recording;
  /** In which order the events came. It keeps its own line breaks. */
  readonly timeline?: string;
  /** The command that runs just this one again. */
  readonly again?: string;
}

export interface Row {
  readonly label: string;
  readonly text: string;
}

/** What a failing test of a lab has to say. */
export function tellFailure(
  failure: Failure,
  lab: string,
  title?: string,
  target: Target = "attempt",
): FailureStory {
  const rows = rowsOf(failure).map(({ label, text }) => ({ label, text: text.trim() }));
  const { where } = failure;
  const isNews = where !== undefined && !rows.some((row) => row.text.includes(where));
  const place = isNews ? [{ label: "at", text: where }] : [];
  const { recording, timeline } = failure;
  // Where the order was the ordinary one, the picture says all that the timeline does.
  const isTold = recording !== undefined && timeline?.includes("★") === false;
  return {
    rows: [...rows, ...place],
    ...(recording !== undefined && { recording }),
    ...(timeline !== undefined && !isTold && { timeline }),
    ...(failure.replay !== undefined && { again: replayCommand(lab, title, failure.replay, target) }),
  };
}

/** The story as lines, `width` columns wide at most. */
export function storyLines(story: FailureStory, paint: Paint, width: number): string[] {
  const rows = story.rows.flatMap(({ label, text }) =>
    hang(label, text, { margin: 10, width, paintLabel: paint.dim }),
  );
  const picture = story.recording === undefined ? [] : ["", ...pictureLines(story.recording, paint, width)];
  const timeline =
    story.timeline === undefined ? [] : ["", ...indent(timelineLines(story.timeline, width), 2), ""];
  const again =
    story.again === undefined
      ? []
      : hang("again", paint.accent(story.again), { margin: 10, width, paintLabel: paint.dim });
  const gap = picture.length > 0 && timeline.length === 0 ? [""] : [];
  return [...rows, ...picture, ...timeline, ...gap, ...again];
}

/** So many lines of a picture at most: beside it stand the failure, the timeline and the other tests. */
const PICTURE_HEIGHT = 13;

function pictureLines(recording: Recording, { isColoured }: Paint, width: number): string[] {
  const run = readRun({ ...recording, title: "What happened" });
  const text = toText(run, { width: width - 2, color: isColoured, height: PICTURE_HEIGHT });
  return [...indent(text.split("\n"), 2), "  In full: npx lab picture"];
}

/** A failure in one line: what happened, without the rest. */
export function gist(failure: Failure): string {
  const [first] = tellFailure(failure, "").rows;
  return firstLine(first?.text ?? failure.message);
}

function rowsOf(failure: Failure): Row[] {
  if (failure.happened !== undefined) {
    return [
      { label: "happened", text: failure.happened },
      ...(failure.expected === undefined ? [] : [{ label: "had to", text: failure.expected }]),
      ...(failure.why === undefined ? [] : [{ label: "why", text: failure.why }]),
    ];
  }
  switch (failure.kind) {
    case "todo":
      return [{ label: "to do", text: withoutTodo(failure.message) }];
    case "hung":
      return [
        { label: "stuck", text: failure.message },
        {
          label: "look for",
          text: "a loop that waits for something without letting it happen: `while (!done) {}`, or `while (!done) await null`. Await a promise that is resolved once it is done.",
        },
      ];
    case "crash":
      return crashRows(failure.message);
    case "import":
      return importRows(failure.message);
    case "leak":
      return [{ label: "left", text: failure.message }];
    case "schedule":
      return [{ label: "happened", text: inWords(failure.summary ?? failure.message, failure) }];
    default:
      return [{ label: "error", text: inWords(failure.message, failure) }];
  }
}

/** The process that ran the tests ended before they did. */
function crashRows(message: string): Row[] {
  const code = /^process\.exit unexpectedly called with "(.*?)"/.exec(message)?.[1];
  if (code !== undefined) {
    const text = `Your code called process.exit(${code}), which ends the whole program. Throw an error instead.`;
    return [{ label: "ended", text }];
  }
  const text = "process.kill, an error thrown in a callback, or memory without a bound.";
  return [
    { label: "ended", text: message },
    { label: "look for", text },
  ];
}

/** The answer could not even be loaded. */
function importRows(message: string): Row[] {
  const rows = [{ label: "load", text: message.replace(/^Transform failed with \d+ errors?:\s*/, "") }];
  if (/ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX|strip-only mode/.test(message)) {
    const text =
      "node runs TypeScript by stripping its types: enum, namespace and constructor(private x) are refused. " +
      "Write a union of strings, a module, and a field with an assignment.";
    return [...rows, { label: "instead", text }];
  }
  if (/does not provide an export named|is not exported/.test(message)) {
    return [
      ...rows,
      {
        label: "look for",
        text: "a type that is imported without `import type`, or a name that is spelt otherwise.",
      },
    ];
  }
  if (/ERR_MODULE_NOT_FOUND|Cannot find module|Failed to (load|resolve)/.test(message)) {
    return [
      ...rows,
      { label: "look for", text: "an import that does not end in .ts, or that points to the wrong folder." },
    ];
  }
  return rows;
}

/** Errors that the tests themselves run into, because what they were given is not what the contract says. */
function inWords(message: string, { where }: Failure): string {
  const [, object, name] = /\b(\w+)\.(\w+)\)? is not a function/.exec(message) ?? [];
  if (object === "lab" || object === "answer") {
    return `Your index.ts exports no function "${name}"; contract.ts says what it has to export.`;
  }
  if (where !== undefined) return message; // It was thrown in the answer.
  if (name !== undefined) {
    return `What you return has no function "${name}"; contract.ts says what it has to have. (${message})`;
  }
  const [, nothing, property] =
    /^TypeError: Cannot read properties of (\w+) \(reading '(\w+)'\)/.exec(message) ?? [];
  if (property === undefined) return message;
  return `You gave ${nothing} where something with "${property}" is expected: does a function lack its return? (${message})`;
}

function withoutTodo(message: string): string {
  return message.replace(/^(?:\w*Error: )?TODO\s*(?:\d+\.\d+|[\w-]+\.\d+)?:?\s*/, "");
}

function replayCommand(lab: string, title: string | undefined, replay: string, target: Target): string {
  const number = title?.split(" ")[0];
  const only = number === undefined || number === "" ? "" : ` --title "${number}"`;
  const of = target === "attempt" ? "" : ` --target ${target}`;
  return `npx lab test ${lab}${of}${only} --replay ${replay}`;
}

/** A timeline is a table: its lines are cut, not wrapped, where the terminal is too narrow. */
function timelineLines(timeline: string, width: number): string[] {
  return timeline
    .replace(/\n+$/, "")
    .split("\n")
    .map((line) => cut(line, width - 2));
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
