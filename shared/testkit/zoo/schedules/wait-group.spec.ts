import { guarantee } from "../../src/guarantee.ts";
import { specimen } from "./specimen.ts";
import * as buggy from "./wait-group.buggy.ts";
import * as fixed from "./wait-group.fixed.ts";

export default specimen({
  mistake: "counts a task when it runs, not when it is started",
  kind: "assertion",
  shows: [/0 of 2 tasks were done/],
  buggy,
  fixed,
  scenario:
    ({ createWaitGroup }) =>
    async (sim) => {
      const group = createWaitGroup();
      let done = 0;
      const task = () =>
        group.go(
          () => sim.io("start"),
          async () => {
            await sim.io("work");
            done += 1;
          },
        );
      void task();
      void task();
      await sim.waitFor("the group", group.wait());
      guarantee(done === 2, {
        happened: `${done} of 2 tasks were done when the wait was over`,
        expected: "both are done",
        why: "What comes after the wait works on half a result.",
      });
    },
});
