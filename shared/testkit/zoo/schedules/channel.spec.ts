import * as buggy from "./channel.buggy.ts";
import * as fixed from "./channel.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "keeps one receiver to wake, so that a second makes it forget the first",
  kind: "stuck",
  shows: [/R1 waits for an item/],
  buggy,
  fixed,
  scenario:
    ({ createChannel }) =>
    async (sim) => {
      const channel = createChannel<number>();
      const receive = () => sim.waitFor("an item", channel.receive());
      await Promise.all([
        sim.spawn("R1", receive),
        sim.spawn("R2", receive),
        sim.spawn("sender", async () => {
          channel.send(1);
          await sim.io("network");
          channel.send(2);
        }),
      ]);
    },
});
