import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Whose line a frame is: that of the code under test or of its test ("theirs"), of Node, of the engine itself
 * ("builtin": `Promise.all (<anonymous>)`), or of this kit and the test runner.
 */
export type Owner = "theirs" | "node" | "builtin" | "kit";

export interface Frame {
  readonly owner: Owner;
  /** Below an `await`: the caller was not on the stack any more, but waits for it. */
  readonly isAsync: boolean;
  /** The function, "" for one without a name. */
  readonly name: string;
  readonly file: string;
  readonly position: string;
}

/** As many frames as are kept: a socket of `fetch` has a dozen of Node's own before the first of the caller. */
const DEPTH = 24;

/** Where in the code something was made. Taking one costs about two microseconds; reading it costs fifty. */
export class Site {
  // Holds the functions on the stack, and so all that their closures hold, until it is turned into text.
  #raw: { readonly stack?: string } | undefined;
  #frames: readonly Frame[] | undefined;
  #callStack: readonly Frame[] | undefined;
  #places: readonly string[] | undefined;

  /** The caller of `below`. */
  constructor(below: (...args: never[]) => unknown) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = DEPTH;
    const raw = {};
    Error.captureStackTrace(raw, below);
    Error.stackTraceLimit = limit;
    this.#raw = raw;
  }

  /** Innermost first, up to the body that is watched. */
  get frames(): readonly Frame[] {
    this.#frames ??= readStack(this.#raw ?? {});
    this.#raw = undefined;
    return this.#frames;
  }

  /** Holds nothing any more but text. */
  release(): void {
    void this.frames;
  }

  /** The frames that were really on the stack, without the callers that await them. */
  get callStack(): readonly Frame[] {
    this.#callStack ??= this.frames.filter(({ isAsync }) => !isAsync);
    return this.#callStack;
  }

  /** Who is to answer for it: the first that is not merely a tool in somebody's hands. */
  get owner(): Owner {
    const isAnswerable = ({ owner }: Frame) => owner === "theirs" || owner === "kit";
    return (this.callStack.find(isAnswerable) ?? this.frames.find(isAnswerable))?.owner ?? "node";
  }

  /** The frames of the code under test, as "take (solution/index.ts:31:7)". */
  get places(): readonly string[] {
    this.#places ??= this.frames.filter(({ owner }) => owner === "theirs").map(placeOfFrame);
    return this.#places;
  }

  /** Whether it was made inside one of Node's modules whose path contains `part`. */
  within(part: string): boolean {
    return this.frames.some(({ owner, file }) => owner === "node" && file.includes(part));
  }
}

/** "take (solution/index.ts:31:7)"; the path is relative to the working directory. */
export function placeOfFrame({ name, file, position }: Frame): string {
  const place = `${relative(process.cwd(), file).replaceAll("\\", "/")}:${position}`;
  return name === "" ? place : `${name} (${place})`;
}

/** A stack is turned into text when it is first read; that is when `Error.prepareStackTrace` is asked. */
function readStack(raw: { readonly stack?: string }): readonly Frame[] {
  const prepare = Error.prepareStackTrace;
  if (prepare === undefined) return framesOf(String(raw.stack ?? ""));
  let frames: readonly Frame[] = [];
  Error.prepareStackTrace = (error, sites) => {
    frames = mapped(sites, () => String(prepare(error, sites)));
    return "";
  };
  try {
    void raw.stack;
    return frames;
  } finally {
    Error.prepareStackTrace = prepare;
  }
}

/**
 * Whoever maps stacks to the sources, as vitest does, takes his time; of ten thousand calls that are parked at one
 * place he is asked once. And he drops the word "async", which only the original knows.
 */
function mapped(sites: readonly NodeJS.CallSite[], format: () => string): readonly Frame[] {
  const key = sites.map((site) => `${site.getFileName()}:${site.getPosition()}`).join();
  const known = mappedStacks.get(key);
  if (known !== undefined) return known;
  const frames = framesOf(
    format(),
    sites.map((site) => site.isAsync()),
  );
  if (mappedStacks.size >= MOST_STACKS) mappedStacks.clear();
  mappedStacks.set(key, frames);
  return frames;
}

const mappedStacks = new Map<string, readonly Frame[]>();
const MOST_STACKS = 2_000;

function framesOf(stack: string, isAsync?: readonly boolean[]): readonly Frame[] {
  const lines = stack.split("\n").slice(1);
  const frames = lines
    .map((line, i) => parse(line, isAsync?.[i] ?? line.includes(" at async ")))
    .filter((frame) => frame !== undefined);
  const end = frames.findIndex(({ file }) => file === GUARD || file === NO_LEAKS);
  // What stands between caller and callee only in order to watch them is none of the reader's business.
  return (end === -1 ? frames : frames.slice(0, end)).filter(({ file }) => !file.startsWith(HERE));
}

const FRAME = /^\s*at (?:async )?(?:(.*) \()?(.+?)(?:\?[^:()]*)?(?::(\d+:\d+))?\)?$/;

function parse(line: string, isAsync: boolean): Frame | undefined {
  const [, name = "", path = "", position = ""] = FRAME.exec(line) ?? [];
  if (path === "") return undefined;
  const file = path.startsWith("file:") ? fileURLToPath(path) : path;
  return { owner: ownerOf(file), isAsync, name: plain(name), file, position };
}

/** "Object.listen [as start]" is "listen" to those who wrote it. */
const plain = (name: string) => name.replace(/ \[as .*\]$/, "").replace(/^Object\./, "");

const HERE = join(import.meta.dirname, "/");
const KIT = join(HERE, "../");
/** Where the body is called from. */
const GUARD = join(HERE, "guard.ts");
const NO_LEAKS = join(KIT, "leaks.ts");
/** Stands in for Node's own timers, and as Node's it is taken. */
const CLOCK = join(KIT, "clock.ts");
const RUNNER = /[/\\]node_modules[/\\](@vitest|vitest|vite|@voidzero-dev|chai|tinypool|tinyspy)[/\\]/;

function ownerOf(file: string): Owner {
  if (file.startsWith("node:") || file === CLOCK) return "node";
  // Of the engine: "<anonymous>", "native", "index 0" of Promise.all.
  if (!/[/\\]/.test(file)) return "builtin";
  if (RUNNER.test(file)) return "kit";
  return file.startsWith(KIT) && !file.includes(".test.") ? "kit" : "theirs";
}
