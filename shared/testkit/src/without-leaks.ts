import * as strict from "./explore.ts";
import type { Scenario } from "./run-schedule.ts";

/**
 * `explore` and `simulate` for a file whose subject is something else than what is left behind: parked functions and
 * listeners are not looked for, unless `leaks` says so. Timers and activities that outlive the scenario are found as ever.
 */
export async function explore(scenario: Scenario, options: strict.ExploreOptions = {}): Promise<void> {
  await strict.explore(scenario, { leaks: false, ...options });
}

/** The ordinary order only. */
export const simulate = (
  scenario: Scenario,
  options: Parameters<typeof strict.simulate>[1] = {},
): Promise<void> => strict.simulate(scenario, { leaks: false, ...options });
