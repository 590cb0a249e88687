import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const NOT_THE_READERS = /[/\\]testkit[/\\]src[/\\](?!.*\.test\.ts)|node:|[/\\]node_modules[/\\]|<anonymous>/;
const OF_A_TEST = /\.(test|spec)\.ts|(^|[/\\(])test[/\\]/;

/** Whether a frame or a place is in a test, not in the code under test. */
export const isOfTest = (frame: string): boolean => OF_A_TEST.test(frame);

/** The frames of a stack that belong to the reader's code and tests, not to Node, vitest or this kit. */
export function framesOfReader(stack: string | undefined): string[] {
  return (stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line) && !NOT_THE_READERS.test(line));
}

/**
 * Where a stack passes through the code under test, as "solution/index.ts:42"; if it does not, where it passes through
 * a test; undefined if through neither.
 */
export function placeOf(stack: string | undefined): string | undefined {
  const frames = framesOfReader(stack);
  const frame = frames.find((line) => !isOfTest(line)) ?? frames[0];
  const match = /\(?((?:file:\/\/)?[^() ]+?)(?:\?[^:]*)?:(\d+):\d+\)?$/.exec(frame?.trim() ?? "");
  return match?.[1] === undefined ? undefined : `${shortPath(match[1])}:${match[2]}`;
}

function shortPath(file: string): string {
  const path = file.startsWith("file://") ? fileURLToPath(file) : file;
  return relative(process.cwd(), path).replaceAll("\\", "/");
}
