import { setTimeout as sleep } from "node:timers/promises";
import { guarantee } from "../../src/guarantee.ts";
import { specimen } from "./specimen.ts";
import * as buggy from "./token-bucket.buggy.ts";
import * as fixed from "./token-bucket.fixed.ts";

export default specimen({
  mistake: "refills a bucket twice for the same stretch of time",
  kind: "assertion",
  shows: [/2 tokens were handed out/, /★/],
  buggy,
  fixed,
  scenario:
    ({ createBucket }) =>
    async (sim) => {
      let state = { tokens: 0, filledAt: Date.now() };
      const bucket = createBucket({
        load: () => sim.io("load", () => state),
        save: (next) =>
          sim.io("save", () => {
            state = next;
          }),
      });
      await sleep(100);
      const taken = await Promise.all([
        sim.spawn("Ann", () => bucket.tryTake()),
        sim.spawn("Bob", () => bucket.tryTake()),
      ]);
      const count = taken.filter(Boolean).length;
      guarantee(count <= 1, {
        happened: `${count} tokens were handed out after 100 ms`,
        expected: "ten a second: one in 100 ms",
        why: "The rate that was promised to the other side does not hold.",
      });
    },
});
