import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./barging-lock.buggy.ts";
import * as fixed from "./barging-lock.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "frees the lock before the waiter that it wakes has it",
  kind: "assertion",
  shows: [/2 hold the lock/],
  buggy,
  fixed,
  scenario:
    ({ createLock }) =>
    async (sim) => {
      const lock = createLock();
      let holders = 0;
      const hold = async () => {
        for (let round = 1; round <= 2; round += 1) {
          await lock.lock(); // In the second round it is a newcomer, and nothing has come between.
          holders += 1;
          guarantee(holders <= 1, {
            happened: `${holders} hold the lock at once`,
            expected: "at most one holds it",
            why: "What the lock protects is changed by two at a time.",
          });
          await sim.io("work");
          holders -= 1;
          lock.unlock();
        }
      };
      await Promise.all([sim.spawn("A", hold), sim.spawn("B", hold)]);
    },
});
