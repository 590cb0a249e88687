import * as buggy from "./heartbeat.buggy.ts";
import * as fixed from "./heartbeat.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "leaves an interval running when the work fails",
  kind: "leftover",
  shows: [/an interval of 1000 ms of main \(.*heartbeat\.buggy\.ts:2\)/, /★ the work: fails/],
  buggy,
  fixed,
  scenario:
    ({ withHeartbeat }) =>
    async (sim) => {
      const work = async () => {
        await sim.io("work");
        if (sim.choose("the work", ["succeeds", "fails"]) === "fails") throw new Error("failed");
      };
      await withHeartbeat(() => {}, work).catch(() => {});
    },
});
