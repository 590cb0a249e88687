import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sectionsOf } from "./markdown.ts";
import type { Lab } from "./road.ts";
import type { Part } from "./test-files.ts";

/** The hints of a step or a challenge, in the order in which they are given. */
export function readHints(lab: Lab, part: Part): string[] {
  const path = join(lab.folder, "HINTS.md");
  if (!existsSync(path)) return [];
  return hintsIn(readFileSync(path, "utf8"), part);
}

/** The hints of a part in the text of a HINTS.md: every `### Hint k` below `## Step n` or `## Challenge id`. */
export function hintsIn(markdown: string, part: Part): string[] {
  const wanted = "step" in part ? `step ${part.step}` : `challenge ${part.challenge}`;
  const sections = sectionsOf(markdown);
  const start = sections.findIndex(({ level, heading }) => level === 2 && isCalled(heading, wanted));
  if (start === -1) return [];
  const rest = sections.slice(start + 1);
  const end = rest.findIndex(({ level }) => level <= 2);
  return (end === -1 ? rest : rest.slice(0, end))
    .filter(({ level, heading }) => level === 3 && /^hint\b/i.test(heading))
    .map(({ body }) => body);
}

/** The name under which progress remembers how many hints of a part were shown. */
export function hintKey(part: Part): string {
  return "step" in part ? `step ${part.step}` : `challenge ${part.challenge}`;
}

/** "Step 2" and "Step 2 · Close and abort", but not "Step 20". */
function isCalled(heading: string, wanted: string): boolean {
  const lower = heading.toLowerCase();
  return lower === wanted || (lower.startsWith(wanted) && !/[\w-]/.test(lower[wanted.length] ?? ""));
}
