import * as buggy from "./close-during-send.buggy.ts";
import * as fixed from "./close-during-send.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "does not wake the sender that waits for room when it closes",
  kind: "stuck",
  shows: [/sender waits for room/, /● disconnect/],
  buggy,
  fixed,
  scenario:
    ({ createPipe }) =>
    async (sim) => {
      const pipe = createPipe<number>(1);
      let open = true;
      sim.anytime("disconnect", () => {
        open = false;
        pipe.close();
      });
      const sender = sim.spawn("sender", async () => {
        for (let item = 0; item < 2; item += 1) await sim.waitFor("room", pipe.send(item));
      });
      const receiver = sim.spawn("receiver", async () => {
        for (let taken = 0; taken < 2 && open; taken += 1) {
          await sim.io("poll");
          if (open) pipe.take();
        }
      });
      await Promise.all([sender, receiver]);
    },
});
