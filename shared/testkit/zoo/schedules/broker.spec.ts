import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./broker.buggy.ts";
import * as fixed from "./broker.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "never forgets a subscriber that has left",
  kind: "assertion",
  shows: [/1 subscribers are left/],
  buggy,
  fixed,
  options: { leaks: false },
  scenario:
    ({ createBroker }) =>
    async (sim) => {
      const broker = createBroker<number>();
      const controller = new AbortController();
      const subscriber = sim.spawn("subscriber", async () => {
        let received = 0;
        for await (const _ of broker.subscribe(controller.signal)) {
          received += 1;
          if (received === 2) break;
        }
      });
      const publisher = sim.spawn("publisher", async () => {
        for (let message = 0; message < 3; message += 1) {
          await sim.io("tick");
          broker.publish(message);
        }
      });
      sim.anytime("abort", () => controller.abort());
      await Promise.all([subscriber, publisher]);
      guarantee(broker.size() === 0, {
        happened: `${broker.size()} subscribers are left when all have gone`,
        expected: "none is left",
        why: "Each message is handed to everybody who was ever there.",
      });
    },
});
