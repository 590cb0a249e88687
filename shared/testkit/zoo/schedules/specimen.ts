import type { ExploreOptions } from "../../src/explore.ts";
import type { FaultKind } from "../../src/run-schedule.ts";
import type { Sim } from "../../src/simulation.ts";

/** A program in two forms, one with a classic mistake and one without, and the scenario that tells them apart. */
export interface Specimen<Program> {
  /** The mistake, in a sentence. */
  readonly mistake: string;
  readonly kind: FaultKind;
  /** What the reader of the failure must find in it. */
  readonly shows: readonly RegExp[];
  readonly buggy: Program;
  readonly fixed: Program;
  readonly options?: ExploreOptions;
  /** How many schedules it takes, at most, to find it among unrelated activities. Default: as many as ever. */
  readonly amongOthers?: number;
  readonly scenario: (program: Program) => (sim: Sim) => unknown;
}

/** Checks the types of a specimen, and forgets the type of its program. */
export const specimen = <Program>(it: Specimen<Program>): Specimen<unknown> => it as Specimen<unknown>;

/** The same scenario among unrelated activities, which dilute the search. */
export const padded =
  (scenario: (sim: Sim) => unknown, { activities, events }: { activities: number; events: number }) =>
  async (sim: Sim) => {
    const padding = Array.from({ length: activities }, (_, i) =>
      sim.spawn(`other ${i + 1}`, async () => {
        for (let event = 1; event <= events; event += 1) await sim.io(`step ${event}`);
      }),
    );
    await Promise.all([scenario(sim), ...padding]);
  };
