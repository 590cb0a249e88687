import { guarantee } from "../../src/guarantee.ts";
import * as buggy from "./lease.buggy.ts";
import * as fixed from "./lease.fixed.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "takes the lease of another worker for its own",
  kind: "assertion",
  shows: [/committed by W1, who had lost the lease to W2/, /★ the lease expires/],
  buggy,
  fixed,
  amongOthers: 2_000,
  scenario:
    ({ createJob }) =>
    async (sim) => {
      const begun: string[] = [];
      const committed: string[] = [];
      const job = createJob(async (worker) => {
        committed.push(`${worker}, who had lost the lease to ${begun.at(-1)}`);
        if (begun.at(-1) === worker) committed.pop();
        await sim.io("commit");
      });
      const worker = (name: string) =>
        sim.spawn(name, async () => {
          await sim.io("poll");
          await job.work(name, async () => {
            begun.push(name);
            await sim.io("compute");
          });
        });
      sim.anytime("the lease expires", () => job.expire());
      await Promise.all([worker("W1"), worker("W2")]);
      guarantee(committed.length === 0, {
        happened: `the job was committed by ${committed.join(" and ")}`,
        expected: "only the holder of the lease commits",
        why: "Two workers may both believe that they have done the job.",
      });
    },
});
