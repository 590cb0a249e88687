import type { Position } from "./position.ts";
import { enumerate } from "./text.ts";
import type { ViewOptions } from "./view.ts";

/** Why the reference is not shown yet, and the command with which to go on. */
export interface Lock {
  readonly reason: string;
  readonly goOn: string;
}

/** Nobody should read by accident what they are about to find. */
export function lockOf(position: Position, what: string): Lock {
  const { lab, started, steps, step } = position;
  const open = steps.flatMap((standing, index) =>
    standing === "open" ? [`${index + 1} ${lab.steps[index]}`] : [],
  );
  const missing = started
    ? `${open.length === 1 ? "This step of" : "These steps of"} ${lab.name} ${open.length === 1 ? "has" : "have"} not passed: ${enumerate(open)}.`
    : `There is no attempt at ${lab.name} yet.`;
  const next = started ? `npx lab watch ${lab.name} --step ${step}` : `npx lab start ${lab.name}`;
  return { reason: `${what} ${missing}`, goOn: next };
}

export function lockLines({ reason, goOn }: Lock, { paint }: Pick<ViewOptions, "paint">): string[] {
  return [reason, `Go on with: ${paint.accent(goOn)}`];
}
