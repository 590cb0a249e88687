import type { Sim } from "@pattern-labs/testkit";

/**
 * Waits for this moment of simulated time. What is due in the same millisecond may come before or after: to see what a
 * deadline has brought about, wait for the next one.
 */
export async function until(sim: Sim, at: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, at - sim.now()));
  await sim.idle();
}
