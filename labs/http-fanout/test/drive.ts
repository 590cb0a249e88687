import type { Sim } from "@pattern-labs/testkit";

export interface Move {
  readonly label: string;
  readonly make: () => unknown;
}

/**
 * Lets one of the moves that are possible happen, each in a turn of its own, until none is left; every order of them is
 * explored. Meanwhile no time passes, so that no deadline comes.
 */
export async function drive(sim: Sim, possible: () => readonly Move[]): Promise<void> {
  for (let moves = possible(); moves.length > 0; moves = possible()) {
    const [first, ...others] = moves.map(({ label }) => label);
    if (first === undefined) return;
    const chosen = sim.choose("next", [first, ...others]);
    moves.find(({ label }) => label === chosen)?.make();
    await sim.idle();
  }
}
