import * as testkit from "@pattern-labs/testkit";

type Scenario = (sim: testkit.Sim) => unknown;

/** Every order of events; and after the ordinary one nothing is left behind. */
export async function explore(
  scenario: Parameters<typeof testkit.explore>[0],
  options: testkit.ExploreOptions = {},
): Promise<void> {
  await exploreOpen(scenario, options);
  await simulate(scenario);
}

/** The ordinary order only. Afterwards no function is parked, no generator is open and no timer left. */
export const simulate = (scenario: Scenario): Promise<void> =>
  testkit.noLeaks(() => simulateOpen(scenario), { settle: 0 });

/** Every order of events. For step 1, in which nothing can be closed yet: what stays behind is not looked for. */
export async function exploreOpen(
  scenario: Parameters<typeof testkit.explore>[0],
  options: testkit.ExploreOptions = {},
): Promise<void> {
  await testkit.explore(scenario, { ...options, leaks: false });
}

/** The ordinary order only, for step 1; and where many runs are made that hardly differ. */
export const simulateOpen = (scenario: Scenario): Promise<void> =>
  testkit.simulate(scenario, { leaks: false });
