import * as buggy from "./deadlock.buggy.ts";
import * as fixed from "./deadlock.fixed.ts";
import { createMutex, type Mutex } from "./mutex.ts";
import { specimen } from "./specimen.ts";

export default specimen({
  mistake: "takes two locks in the order in which they were named",
  kind: "stuck",
  shows: [
    /Ann waits for the lock of account 2/,
    /Bob waits for the lock of account 1/,
    /Ann in lock \(.*mutex\.ts:7:/,
  ],
  buggy,
  fixed,
  scenario:
    ({ transfer }) =>
    async (sim) => {
      const named = (mutex: Mutex, id: number): Mutex => ({
        ...mutex,
        lock: () => sim.waitFor(`the lock of account ${id}`, mutex.lock()),
      });
      const one = { id: 1, mutex: named(createMutex(), 1) };
      const two = { id: 2, mutex: named(createMutex(), 2) };
      await Promise.all([
        sim.spawn("Ann", async () => {
          await sim.io("request");
          await transfer(one, two, () => sim.io("move"));
        }),
        sim.spawn("Bob", async () => {
          for (const step of ["request", "log in", "confirm"]) await sim.io(step);
          await transfer(two, one, () => sim.io("move"));
        }),
      ]);
    },
});
