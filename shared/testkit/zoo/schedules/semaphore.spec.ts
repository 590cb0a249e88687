import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./semaphore.buggy.ts";
import * as fixed from "./semaphore.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "looks at the signal once more after the permit was handed over, and drops it",
  kind: "assertion",
  shows: [/0 permits are free/, /abort B/, /still being digested/],
  buggy,
  fixed,
  amongOthers: 5_000,
  options: { squeeze: 3 },
  scenario:
    ({ createSemaphore }) =>
    async (sim) => {
      const semaphore = createSemaphore(1);
      const controller = new AbortController();
      const use = async (signal?: AbortSignal) => {
        const release = await semaphore.acquire(signal).catch(() => undefined);
        if (release === undefined) return;
        await sim.io("work");
        release();
      };
      sim.anytime("abort B", () => controller.abort(new Error("B has left")));
      await Promise.all([sim.spawn("A", () => use()), sim.spawn("B", () => use(controller.signal))]);
      guarantee(semaphore.free() === 1, {
        happened: `${semaphore.free()} permits are free when all is over`,
        expected: "the one permit is free again",
        why: "With each permit lost fewer requests run at once, until none does.",
      });
    },
});
