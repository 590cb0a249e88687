import { simulate } from "@pattern-labs/testkit";
import { expect, test } from "vitest";
import { retry } from "./retry.ts";

test("backs off for 1, 2 and 4 seconds", async () => {
  await simulate(async (sim) => {
    const calls: number[] = [];
    const refuse = async () => {
      calls.push(sim.now());
      throw new Error("refused");
    };
    await retry(refuse, { retries: 3 }).catch(() => {});
    expect(calls).toEqual([0, 1_000, 3_000, 7_000]);
  });
});
