import { scheduleToText } from "@pattern-labs/picture";
import { isOfTest } from "./place.ts";
import type { Step } from "./simulation.ts";

/** A schedule for the eye. Where a test began something tells the reader of the code under test nothing. */
export function timeline(steps: readonly Step[]): string {
  const shown = steps.map((step) => {
    const isTold = step.where !== undefined && !isOfTest(step.where);
    return { ...step, where: isTold ? step.where : undefined };
  });
  return scheduleToText(shown);
}
