import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./queue.buggy.ts";
import * as fixed from "./queue.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "forgets accepted jobs at shutdown",
  kind: "assertion",
  shows: [/accepted a, b; done a/, /★ SIGTERM/],
  buggy,
  fixed,
  amongOthers: 1_000,
  scenario:
    ({ createQueue }) =>
    async (sim) => {
      const accepted: string[] = [];
      const done: string[] = [];
      const queue = createQueue(async (job) => {
        await sim.io(`handle ${job}`);
        done.push(job);
      });
      const stopped = Promise.withResolvers<void>();
      sim.anytime("SIGTERM", () => {
        void queue.shutdown().then(stopped.resolve);
      });
      await sim.spawn("client", async () => {
        for (const job of ["a", "b"]) {
          await sim.io(`request ${job}`);
          if (queue.submit(job)) accepted.push(job);
        }
      });
      await sim.waitFor("the shutdown", stopped.promise);
      guarantee(done.join() === accepted.join(), {
        happened: `accepted ${accepted.join(", ")}; done ${done.join(", ")}`,
        expected: "every accepted job is done when the shutdown is over",
        why: "The client was told that its job is safe.",
      });
    },
});
