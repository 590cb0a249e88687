import { specimen } from "./specimen.ts";
import * as buggy from "./timeout.buggy.ts";
import * as fixed from "./timeout.fixed.ts";

export default specimen({
  mistake: "lets the timer of a time limit run on after the work is done",
  kind: "leftover",
  shows: [/a timer of 2000 ms of main \(.*timeout\.buggy\.ts:4\)/],
  buggy,
  fixed,
  scenario:
    ({ withTimeout }) =>
    async (sim) => {
      await withTimeout(2000, () => sim.io("call")).catch(() => {});
    },
});
