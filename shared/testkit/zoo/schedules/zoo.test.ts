/**
 * The test kit is tested like a product: it must find every buggy program here, say what kind of fault it is and show
 * how it came about; and it must have nothing to say about the correct form of the same program.
 */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ExploreOptions, explore, ScheduleError } from "../../src/explore.ts";
import type { Scenario } from "../../src/run-schedule.ts";
import { padded, type Specimen } from "./specimen.ts";

const names = readdirSync(import.meta.dirname).flatMap((file) => /^(.+)\.spec\.ts$/.exec(file)?.[1] ?? []);
const specimens = await Promise.all(
  names.map(async (name) => ({
    name,
    ...((await import(`./${name}.spec.ts`)).default as Specimen<unknown>),
  })),
);

const padding = { activities: 3, events: 3 };

async function failureOf(scenario: Scenario, options: ExploreOptions = {}): Promise<ScheduleError> {
  const error = await explore(scenario, options).then(
    (report) => expect.fail(`nothing found: ${JSON.stringify(report)}`),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ScheduleError);
  return error;
}

describe.for(specimens)(
  "$name: $mistake",
  ({ kind, shows, buggy, fixed, options, amongOthers, scenario }) => {
    const looking: ExploreOptions = { ...options, leaks: kind === "leak" ? 0 : false };

    it("is found, named and shown", async () => {
      const failure = await failureOf(scenario(buggy), looking);
      expect(failure.kind).toBe(kind);
      for (const pattern of shows) expect(failure.message).toMatch(pattern);
    });

    it("is found among unrelated activities", async () => {
      const maxSchedules = amongOthers ?? looking.maxSchedules ?? 300;
      const failure = await failureOf(padded(scenario(buggy), padding), { ...looking, maxSchedules });
      expect(failure.kind).toBe(kind);
    });

    it("happens again in the same way when its schedule is replayed", async () => {
      const first = await failureOf(scenario(buggy), looking);
      const again = await failureOf(scenario(buggy), { ...looking, replay: first.replay });
      expect({ ...again, schedules: 0 }).toEqual({ ...first, schedules: 0 });
    });

    it("is not found in the correct form", async () => {
      await explore(scenario(fixed), { leaks: 1, ...options });
      await explore(padded(scenario(fixed), padding), { ...options, leaks: false });
    });
  },
);
