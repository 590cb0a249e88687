import { fileURLToPath } from "node:url";

export interface StackFrame {
  /** "submit", for "Object.submit [as work]"; empty at the top of a module. */
  readonly name: string;
  /** An absolute path, without a query. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The frames of an error's stack that stand in files, innermost first. */
export function stackFrames(stack: string): StackFrame[] {
  const frames: StackFrame[] = [];
  for (const text of stack.split("\n")) {
    const match = FRAME.exec(text)?.groups;
    if (match === undefined) continue;
    const { name, place, line, column } = match;
    frames.push({ name: bareName(name), file: pathOf(place), line: Number(line), column: Number(column) });
  }
  return frames;
}

const FRAME = /^\s+at (?:(?:async )?(?<name>[^(]+) \()?(?<place>[^()]+):(?<line>\d+):(?<column>\d+)\)?$/;

const bareName = (name = "") => name.replace(/ \[as .*\]$/, "").replace(/^.*\./, "");

/** Turns the address of a script into a path: addresses may be URLs and may end in a query. */
export function pathOf(address = ""): string {
  return (address.startsWith("file:") ? fileURLToPath(address) : address).replace(/\?.*$/, "");
}
