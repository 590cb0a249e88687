import { describe, expect, it } from "vitest";
import { createPlainWorkers } from "./plain-workers.ts";

describe("createPlainWorkers", () => {
  it("does one job after the other, gives back what fails, and stops after the one in hand", async () => {
    const queue = [1, 2, 3, 4, 5];
    const [done, back]: [number[], number[]] = [[], []];
    const working = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const workers = createPlainWorkers<number>({
      workers: 1,
      take: async () => queue.splice(0, 1),
      work: async (job) => {
        if (job === 2) throw new Error("cannot be done");
        if (job === 3) {
          working.resolve();
          await finish.promise;
        }
        done.push(job);
      },
      giveBack: async (job) => void back.push(job),
    });
    await workers.start();
    await working.promise;
    const stopping = workers.stop(new AbortController());
    finish.resolve();
    await stopping;
    expect([done, back, queue]).toEqual([[1, 3], [2], [4, 5]]);
  });

  it("passes the abort of its stop on to the job in hand", async () => {
    const controller = new AbortController();
    const working = Promise.withResolvers<void>();
    const workers = createPlainWorkers<number>({
      workers: 1,
      take: async () => [1],
      work: (_, { signal }) => {
        working.resolve();
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      giveBack: async () => {},
    });
    await workers.start();
    await working.promise;
    const stopping = workers.stop(controller);
    controller.abort("time is up");
    await stopping;
  });
});
