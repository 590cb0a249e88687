import * as buggy from "./polite.buggy.ts";
import * as fixed from "./polite.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "backs off by the same time as everybody else",
  kind: "livelock",
  shows: [/goes on for ever/, /timer of 10 ms/],
  buggy,
  fixed,
  options: { maxEvents: 400, maxSchedules: 100 },
  scenario:
    ({ createCorridor }) =>
    async (sim) => {
      const corridor = createCorridor();
      const walk = (name: string) => sim.spawn(name, () => corridor.pass(name, () => sim.io("walk")));
      await Promise.all([walk("Ann"), walk("Bob")]);
    },
});
