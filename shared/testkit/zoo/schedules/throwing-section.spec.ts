import { specimen } from "./specimen.ts";
import * as buggy from "./throwing-section.buggy.ts";
import * as fixed from "./throwing-section.fixed.ts";

export default specimen({
  mistake: "does not give the lock back when the section throws",
  kind: "stuck",
  shows: [/B waits for its turn/, /B in lock \(.*mutex\.ts:7:/, /★ the work: fails/],
  buggy,
  fixed,
  scenario:
    ({ createSection }) =>
    async (sim) => {
      const section = createSection();
      const work = async () => {
        await sim.io("work");
        if (sim.choose("the work", ["succeeds", "fails"]) === "fails") throw new Error("failed");
      };
      const enter = () => sim.waitFor("its turn", section.run(work)).catch(() => {});
      await Promise.all([sim.spawn("A", enter), sim.spawn("B", enter)]);
    },
});
