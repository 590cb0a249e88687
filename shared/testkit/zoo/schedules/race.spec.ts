import * as buggy from "./race.buggy.ts";
import * as fixed from "./race.fixed.ts";
import { specimen } from "./specimen.ts";

const shutdown = new Promise<never>(() => {});

export default specimen({
  mistake: "races each piece of work against one promise that lives for ever",
  kind: "leak",
  shows: [/race\.buggy\.ts/],
  buggy,
  fixed,
  scenario: ({ createSteps }) => {
    const { step } = createSteps(shutdown); // Once, as a server does at its start.
    return async (sim) => {
      for (let i = 0; i < 50; i += 1) await step(() => sim.io("work"));
    };
  },
});
