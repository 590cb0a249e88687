/** One run in simulated time outside of any test: for demonstrations. Loading this replaces the clocks, as setup does. */
import { installDelegates } from "./clock.ts";
import { runSchedule, type Scenario } from "./run-schedule.ts";

installDelegates();

/** More than any demonstration needs: a program that has as many goes on for ever. */
const MOST_EVENTS = 200_000;

/**
 * Runs `scenario` in the ordinary order and in simulated time; gives what went wrong in words, or undefined. What it
 * leaves behind is not looked at.
 */
export async function runSimulated(scenario: Scenario): Promise<string | undefined> {
  const { fault } = await runSchedule(scenario, { choices: [], squeeze: 0 }, { maxEvents: MOST_EVENTS });
  if (fault === undefined || fault.kind === "leftover") return undefined;
  const { error } = fault;
  return error instanceof Error ? error.message : String(error);
}
