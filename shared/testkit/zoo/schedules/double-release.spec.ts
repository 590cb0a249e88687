import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./double-release.buggy.ts";
import * as fixed from "./double-release.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "counts a second release as another permit",
  kind: "assertion",
  shows: [/2 are inside/, /★/],
  buggy,
  fixed,
  scenario:
    ({ createGate }) =>
    async (sim) => {
      const gate = createGate(1);
      let inside = 0;
      const visit = async () => {
        const leave = await gate.enter();
        inside += 1;
        guarantee(inside <= 1, {
          happened: `${inside} are inside at once`,
          expected: "at most one is inside",
          why: "The limit holds no longer, and nothing tells.",
        });
        await sim.io("work");
        inside -= 1;
        leave();
        leave(); // An early return and a finally, say.
      };
      await Promise.all(["A", "B", "C"].map((name) => sim.spawn(name, visit)));
    },
});
