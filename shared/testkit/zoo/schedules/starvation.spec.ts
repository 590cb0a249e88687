import { specimen } from "./specimen.ts";
import * as buggy from "./starvation.buggy.ts";
import * as fixed from "./starvation.fixed.ts";

export default specimen({
  mistake: "lets readers in for ever while a writer waits",
  kind: "livelock",
  shows: [/"R[12] read"/],
  buggy,
  fixed,
  options: { maxEvents: 400, maxSchedules: 100 },
  scenario:
    ({ createReadWriteLock }) =>
    async (sim) => {
      const lock = createReadWriteLock();
      let written = false;
      const reader = async () => {
        while (!written) await lock.read(() => sim.io("read"));
      };
      await Promise.all([
        sim.spawn("R1", reader),
        sim.spawn("R2", reader),
        sim.spawn("writer", () =>
          lock.write(() => {
            written = true;
          }),
        ),
      ]);
    },
});
