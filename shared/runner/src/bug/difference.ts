import { diff } from "node:util";
import type { Paint } from "../paint.ts";

/** The lines of two texts: in both (0), only in the first (-1), only in the second (1). */
interface Line {
  readonly side: number;
  readonly text: string;
}

/** What differs between two texts, with two lines around it; nothing where they are the same. */
export function differenceLines(before: string, after: string, paint: Paint): string[] {
  const lines = compareLines(before, after);
  const isNear = (at: number) => lines.slice(Math.max(0, at - 2), at + 3).some(({ side }) => side !== 0);
  const shown = lines.map(({ side, text }, at) => {
    if (!isNear(at)) return undefined;
    if (side < 0) return paint.bad(`- ${text}`);
    if (side > 0) return paint.good(`+ ${text}`);
    return text.trim() === "" ? "" : paint.dim(`  ${text}`);
  });
  return shown.flatMap((line, at) => {
    if (line !== undefined) return [line];
    return at > 0 && shown[at - 1] !== undefined && shown.slice(at).some((later) => later !== undefined)
      ? [paint.dim("  ⋯")]
      : [];
  });
}

/** `after`, without the blank lines that it has and `before` had not: they would show where something was cut out. */
export function withoutNewBlanks(before: string, after: string): string {
  return compareLines(before, after)
    .filter(({ side, text }) => side >= 0 && !(side > 0 && text.trim() === ""))
    .map(({ text }) => text)
    .join("\n");
}

function compareLines(before: string, after: string): Line[] {
  if (before === after) return before.split("\n").map((text) => ({ side: 0, text }));
  // Node counts what only the first has as 1, and tells it first.
  return diff(before.split("\n"), after.split("\n")).map(([side, text]) => ({
    side: -side,
    text: String(text),
  }));
}
