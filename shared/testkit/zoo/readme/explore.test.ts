import { explore, guarantee } from "@pattern-labs/testkit";
import { test } from "vitest";
import { createBank } from "./bank.ts";

test("a balance is spent once", async () => {
  await explore(async (sim) => {
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
  });
});
