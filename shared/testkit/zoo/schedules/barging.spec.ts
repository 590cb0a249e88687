import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./barging.buggy.ts";
import * as fixed from "./barging.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "does not look again after waking, though a newcomer may have barged in",
  kind: "assertion",
  shows: [/received nothing/, /still being digested/],
  buggy,
  fixed,
  amongOthers: 5_000,
  options: { squeeze: 3 },
  scenario:
    ({ createChannel }) =>
    async (sim) => {
      const channel = createChannel<number>();
      const received: unknown[] = [];
      const receive = async () => {
        received.push(await channel.receive());
      };
      await Promise.all([
        sim.spawn("R1", receive),
        sim.spawn("sender", async () => {
          channel.send(1);
          await sim.io("network");
          channel.send(2);
        }),
        sim.spawn("R2", receive),
      ]);
      guarantee(!received.includes(undefined), {
        happened: "a receiver received nothing",
        expected: "each of the two receives one of the two items",
        why: "Whoever got nothing goes on with undefined.",
      });
    },
});
