import { expect, it } from "vitest";
import { withLittleEffort } from "./effort.ts";
import { explore } from "./explore.ts";

/** Of a scenario that has more orders than are tried, in a soak as well. */
const schedulesOf = async () =>
  (
    await explore(
      async (sim) => {
        await Promise.all(Array.from({ length: 6 }, (_, i) => sim.io(`answer ${i}`)));
      },
      { maxSchedules: 20 },
    )
  ).schedules;

it("tries a tenth of the schedules, and as many as ever afterwards, also if it fails", async () => {
  const usual = await schedulesOf();
  expect(await withLittleEffort(schedulesOf)).toBe(usual / 10);
  const failing = withLittleEffort(async () => {
    throw new Error("spoilt");
  });
  await expect(failing).rejects.toThrow("spoilt");
  expect(await schedulesOf()).toBe(usual);
});
