import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Lab } from "../contract.ts";

/** Loads the answer that this process runs on: whatever `#lab` stands for under its `--conditions`. */
export async function loadLab(): Promise<Lab> {
  // Not a plain import, so that an answer which cannot be loaded can be explained.
  return await import("#lab");
}

/** Says in a sentence what went wrong in an answer, which may well be half done. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `The pool failed with ${String(error)}.`;
  if (error.message.startsWith("TODO")) return `This pool is not ready for the demo: ${error.message}.`;
  if ("code" in error && error.code === "ERR_MODULE_NOT_FOUND")
    return `There is no pool to run: ${error.message}.`;
  if (/ is not a function$/.test(error.message))
    return `This pool is not ready for the demo: ${error.message}.`;
  return `The pool failed: ${error.name}: ${error.message}${place(error)}`;
}

/** The place in the answer's code where the error was thrown, if that can be told. */
function place({ stack = "" }: Error): string {
  const frame = /file:\S+\/(?:attempt|bug|starter|solution)\/\S+:\d+:\d+/.exec(stack)?.[0];
  if (frame === undefined) return "";
  const [, file = "", position] = /^(.*?)(:\d+:\d+)$/.exec(frame) ?? [];
  return ` (${relative(process.cwd(), fileURLToPath(file))}${position})`;
}
