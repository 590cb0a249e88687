import { type Scenario, simulate as simulateStrictly } from "@pattern-labs/testkit";

/** Simulated time, without a search for leaks: for tests that are about something else. Timers left behind are found. */
export const simulate = (scenario: Scenario) => simulateStrictly(scenario, { leaks: false });
