import type { Position } from "./position.ts";
import { enumerate } from "./text.ts";
import type { ViewOptions } from "./view.ts";

/** Why the reference is not shown yet, and how to go on: nobody should read by accident what they are about to find. */
export function lockedLines(
  position: Position,
  what: string,
  { paint }: Pick<ViewOptions, "paint">,
): string[] {
  const { lab, started, steps, step } = position;
  const open = steps.flatMap((standing, index) =>
    standing === "open" ? [`${index + 1} ${lab.steps[index]}`] : [],
  );
  const missing = started
    ? `${open.length === 1 ? "This step of" : "These steps of"} ${lab.name} ${open.length === 1 ? "has" : "have"} not passed: ${enumerate(open)}.`
    : `There is no attempt at ${lab.name} yet.`;
  const next = started ? `npx lab watch ${lab.name} --step ${step}` : `npx lab start ${lab.name}`;
  return [`${what} ${missing}`, `Go on with: ${paint.accent(next)}`];
}
