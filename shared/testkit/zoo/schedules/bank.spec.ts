import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./bank.buggy.ts";
import * as fixed from "./bank.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "acts on a balance that was read before an await",
  kind: "assertion",
  shows: [/2 of two withdrawals of 70 succeeded/, /★ starts {2}← came before: Ann db write/],
  buggy,
  fixed,
  scenario:
    ({ createBank }) =>
    async (sim) => {
      let balance = 100;
      const bank = createBank({
        read: () => sim.io("db read", () => balance),
        write: (next) =>
          sim.io("db write", () => {
            balance = next;
          }),
      });
      const withdrawals = await Promise.all([
        sim.spawn("Ann", () => bank.withdraw(70)),
        sim.spawn("Bob", () => bank.withdraw(70)),
      ]);
      const succeeded = withdrawals.filter(Boolean).length;
      guarantee(succeeded === 1, {
        happened: `${succeeded} of two withdrawals of 70 succeeded, from a balance of 100`,
        expected: "one succeeds and the other is refused",
        why: "The bank pays out money that nobody has.",
      });
    },
});
