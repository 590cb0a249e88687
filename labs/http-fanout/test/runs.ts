import * as testkit from "@pattern-labs/testkit";

/** Every order of events. What is left behind is looked for where that is the subject. */
export async function explore(
  scenario: Parameters<typeof testkit.explore>[0],
  options: testkit.ExploreOptions = {},
): Promise<void> {
  await testkit.explore(scenario, { leaks: false, ...options });
}

/** The ordinary order only. */
export const simulate = (
  scenario: (sim: testkit.Sim) => unknown,
  options: Pick<testkit.ExploreOptions, "maxEvents"> = {},
): Promise<void> => testkit.simulate(scenario, { leaks: false, ...options });
