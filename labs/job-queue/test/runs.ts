import * as testkit from "@pattern-labs/testkit";

type Options = Pick<testkit.ExploreOptions, "maxSchedules" | "maxEvents" | "leaks" | "squeeze">;

/** Every order of events. What is left behind is looked for where that is the subject. */
export async function explore(scenario: testkit.Scenario, options: Options = {}): Promise<void> {
  await testkit.explore(scenario, { leaks: false, maxEvents: 4_000, ...options });
}

/** The ordinary order only. */
export const simulate = (
  scenario: testkit.Scenario,
  options: Pick<testkit.ExploreOptions, "leaks" | "maxEvents"> = {},
): Promise<void> => testkit.simulate(scenario, { leaks: false, maxEvents: 20_000, ...options });
