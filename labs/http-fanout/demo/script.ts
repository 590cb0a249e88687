import { z } from "zod";
import { BEHAVIOURS, type Behaviour } from "../given/downstream.ts";
import { SERVICES } from "./names.ts";

/** For so long, the first so many services do this. */
export interface Step {
  readonly seconds: number;
  readonly behaviour: Behaviour;
  readonly services: number;
}

const RULE = `must be steps such as 3:well,6:stalled*10 (seconds, one of ${BEHAVIOURS.join(", ")}, and how many of the ${SERVICES.length} services)`;

/** "3:well,6:stalled*10,3:well" */
export const scriptSchema = z.string({ error: RULE }).transform((text, context): readonly Step[] => {
  const steps = text.split(",").map(readStep);
  if (steps.every((step) => step !== undefined)) return steps;
  context.addIssue({ code: "custom", message: RULE });
  return z.NEVER;
});

function readStep(text: string): Step | undefined {
  const [, seconds, name, number] =
    /^\s*(\d+(?:\.\d+)?)\s*:\s*([a-zA-Z ]+?)\s*(?:\*\s*(\d+)\s*)?$/.exec(text) ?? [];
  const behaviour = BEHAVIOURS.find((each) => each === name);
  const services = number === undefined ? SERVICES.length / 2 : Number(number);
  const isGood = Number(seconds) > 0 && Number(seconds) <= 86_400 && services <= SERVICES.length;
  return behaviour !== undefined && isGood ? { seconds: Number(seconds), behaviour, services } : undefined;
}

/** "stalled × 10" */
export const nameOf = ({ behaviour, services }: Step): string =>
  behaviour === "well" ? "well" : `${behaviour} × ${services}`;
