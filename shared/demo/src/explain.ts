import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The demo cannot go on, and the answer has no part in it: a program of its own has ended. The message tells which. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}

/** Says in a sentence what went wrong in an answer, which may well be half done. `noun` is what the answer makes: "pool". */
export function explain(error: unknown, noun: string): string {
  if (error instanceof DemoError) return `The demo could not go on: ${error.message}.`;
  if (!(error instanceof Error)) return `The ${noun} failed with ${String(error)}.`;
  if (error.message.startsWith("TODO")) return `This ${noun} is not ready for the demo: ${error.message}.`;
  if ("code" in error && error.code === "ERR_MODULE_NOT_FOUND")
    return `There is no ${noun} to run: ${error.message}.`;
  if (/ is not a function$/.test(error.message))
    return `This ${noun} is not ready for the demo: ${error.message}.`;
  // The system's, as where a picture cannot be written: no fault of the answer.
  if ("syscall" in error && place(error) === "") return `The demo could not go on: ${error.message}.`;
  return `The ${noun} failed: ${error.name}: ${error.message}${place(error)}`;
}

/** The place in the answer's code where the error was thrown, if that can be told. */
function place({ stack = "" }: Error): string {
  const frame = /file:\S+\/(?:attempt|bug|starter|solution)\/\S+:\d+:\d+/.exec(stack)?.[0];
  if (frame === undefined) return "";
  const [, file = "", position] = /^(.*?)(:\d+:\d+)$/.exec(frame) ?? [];
  return ` (${relative(process.cwd(), fileURLToPath(file))}${position})`;
}
