import { challenge, explore, guarantee, type Sim, simulate } from "@pattern-labs/testkit";
import { expectRefusedOrRejected } from "@pattern-labs/testkit/out-of-range";
import { it } from "vitest";
import type { Workers, WorkersOptions } from "../contract.ts";
import { obediently, pause } from "./stage.ts";
import { lab } from "./subject.ts";

challenge("workers", lab, () => {
  it("workers.1 as many jobs are done at once as there are workers, and each that was taken is done once", () =>
    simulate(async (sim) => {
      const queue = new Queue(7);
      let running = 0;
      let peak = 0;
      const workers = createWorkers({
        workers: 3,
        ...queue.ends,
        work: async (job) => {
          peak = Math.max(peak, ++running);
          await pause(100);
          running -= 1;
          queue.done.push(job);
        },
      });
      await sim.waitFor("start", workers.start());
      await pause(1_000);
      guarantee(peak === 3 && queue.done.toSorted().join() === "1,2,3,4,5,6,7", {
        happened: `3 workers, 7 jobs: ${peak} ran at once, and done were ${queue.done.join()}`,
        expected: "3 at once, and each of 1 to 7 once",
        why: "It is a pool of workers before it is one that can be stopped.",
      });
      await sim.waitFor("stop", workers.stop({ signal: never() }));
    }));

  it("workers.2 from the stop on nothing is taken and nothing is begun; what was taken goes back", async () => {
    await simulate(async (sim) => {
      const queue = new Queue(5);
      const begun: number[] = [];
      const workers = createWorkers({
        workers: 2,
        ...queue.ends,
        work: async (job) => {
          begun.push(job);
          await pause(100);
        },
      });
      await workers.start();
      await pause(50);
      const takes = queue.takes;
      await sim.waitFor("stop", workers.stop({ signal: never() }));
      guarantee(begun.join() === "1,2" && queue.takes === takes && queue.back.toSorted().join() === "3,4,5", {
        happened: `5 jobs were taken, 2 had been begun when the stop came: begun were ${begun.join()}, given back ${queue.back.join()}, and ${queue.takes - takes} more takes came`,
        expected: "begun 1,2; given back 3,4,5; no more takes",
        why: "What is begun now will not be finished; another process can begin it at once, if it knows.",
      });
    });
    await simulate(async (sim) => {
      const back: number[] = [];
      const begun: number[] = [];
      const workers = createWorkers<number>({
        workers: 2,
        take: ({ signal }) =>
          new Promise((resolve) => {
            signal.addEventListener("abort", () => resolve([1]), { once: true }); // It was on its way already.
          }),
        giveBack: async (job) => void back.push(job),
        work: async (job) => void begun.push(job),
      });
      await workers.start();
      await sim.idle();
      await sim.waitFor("stop", workers.stop({ signal: never() }));
      guarantee(back.join() === "1" && begun.length === 0, {
        happened: `a job came although the take had been told to stop: begun ${begun.join() || "none"}, given back ${back.join() || "none"}`,
        expected: "it is given back, once",
        why: "For the queue it has been handed over: nobody else will do it.",
      });
    });
  });

  it("workers.3 the jobs that run are finished, and the stop waits for them and for what is given back", () =>
    simulate(async (sim) => {
      const queue = new Queue(3);
      const workers = createWorkers({
        workers: 2,
        take: queue.ends.take,
        giveBack: async (job) => {
          await pause(500);
          queue.back.push(job);
          throw new Error("the queue is down");
        },
        work: async (job) => {
          await pause(300);
          queue.done.push(job);
        },
      });
      await workers.start();
      await pause(100);
      await sim.waitFor("stop", workers.stop({ signal: never() }));
      guarantee(queue.done.join() === "1,2" && queue.back.join() === "3" && sim.now() === 600, {
        happened: `stop resolved at ${sim.now()} ms; done were ${queue.done.join()}, given back ${queue.back.join()}`,
        expected:
          "at 600 ms, with 1,2 done and 3 given back: giving back begins at once, at 100 ms, and takes 500; the jobs end at 300",
        why: "After it the store is closed, which both of them need; and a job that runs long must not keep the others from going back.",
      });
    }));

  it("workers.4 when the signal of the stop aborts, the jobs are told, and what is not finished goes back", () =>
    simulate(async (sim) => {
      const queue = new Queue(2);
      const patience = new AbortController();
      const reasons: unknown[] = [];
      const workers = createWorkers({
        workers: 2,
        ...queue.ends,
        work: async (job, { signal }) => {
          signal.addEventListener("abort", () => reasons.push(signal.reason), { once: true });
          if (job === 1) await obediently(10_000)({ signal });
          else await pause(300); // It ignores the signal, and is finished all the same.
          queue.done.push(job);
        },
      });
      await workers.start();
      await pause(50);
      setTimeout(() => patience.abort("the deadline"), 200);
      await sim.waitFor("stop", workers.stop({ signal: patience.signal }));
      guarantee(
        queue.done.join() === "2" &&
          queue.back.join() === "1" &&
          reasons.join() === "the deadline,the deadline",
        {
          happened: `told with ${reasons.join() || "nothing"}; done ${queue.done.join() || "none"}, given back ${queue.back.join() || "none"}`,
          expected: "both are told with the reason; 2, which was finished, is done, and 1 is given back",
          why: "Given back now it is done in a second by another; if the process is killed with it, when its lease runs out.",
        },
      );
    }));

  it("workers.5 whenever the stop comes: each job that was taken was done or given back, once", () =>
    explore(
      async (sim) => {
        const queue = new Queue(5, 2, sim);
        const workers = createWorkers({
          workers: 2,
          ...queue.ends,
          work: async (job) => {
            await sim.io(`job ${job}`);
            if (job === 3) throw new Error("fails");
            queue.done.push(job);
          },
        });
        await workers.start();
        await sim.spawn("end", () => sim.waitFor("stop", workers.stop({ signal: never() })));
        const accounted = [...queue.done, ...queue.back].toSorted();
        const taken = queue.taken.toSorted();
        guarantee(accounted.join() === taken.join(), {
          happened: `taken ${taken.join() || "none"}; done ${queue.done.join() || "none"}; given back ${queue.back.join() || "none"}`,
          expected: "the two add up",
          why: "A job in neither list is lost, one in both is done twice.",
        });
      },
      { leaks: 20, squeeze: 2 },
    ));

  it("workers.6 a job that fails is given back, and a take that fails is repeated 1,000 ms later", async () => {
    await simulate(poisonJob);
    await simulate(async (sim) => {
      const back: number[] = [];
      const takenAt: number[] = [];
      const workers = createWorkers<number>({
        workers: 2,
        take: async ({ signal }) => {
          takenAt.push(sim.now());
          if (takenAt.length === 1) throw new Error("the queue is down");
          if (takenAt.length === 2) return [1];
          await obediently(60_000)({ signal });
          return [];
        },
        giveBack: async (job) => void back.push(job),
        work: () => Promise.reject(new Error("fails")),
      });
      await workers.start();
      await pause(1_500);
      await sim.waitFor("stop", workers.stop({ signal: never() }));
      guarantee(takenAt.slice(0, 2).join() === "0,1000" && back.join() === "1", {
        happened: `the first take failed; takes came at ${takenAt.join()} ms; the job it then got failed, and given back was ${back.join() || "nothing"}`,
        expected: "takes at 0 and 1,000 ms; 1 is given back",
        why: "A queue that is being restarted must not cost a worker, nor be asked a thousand times a second.",
      });
      await expectRefusedOrRejected(
        "workers",
        [0, -1, 1.5, Number.NaN],
        (workers) => createWorkers({ workers, ...new Queue(0).ends, work: async () => {} }),
        "With none nothing is ever done.",
      );
    });
  });
});

/** A job that always fails, in a queue that needs nothing but microtasks: the worst of neighbours. */
async function poisonJob(sim: Sim): Promise<void> {
  const jobs = [1];
  let tries = 0;
  let triesAtTurn = 0;
  const workers = createWorkers<number>({
    workers: 1,
    take: async ({ signal }) => {
      if (jobs.length === 0) await obediently(60_000)({ signal });
      return jobs.splice(0);
    },
    giveBack: async (job) => {
      if (tries < 1_000) jobs.push(job); // Enough to see that it does not end.
    },
    work: async () => {
      tries += 1;
      if (tries === 1) {
        setImmediate(() => {
          triesAtTurn = tries;
        });
      }
      throw new Error("poison");
    },
  });
  await workers.start();
  await pause(1_500);
  await sim.waitFor("stop", workers.stop({ signal: never() }));
  guarantee(triesAtTurn <= 2, {
    happened: `a job failed at once, each time, and was tried ${triesAtTurn} times before the event loop came to anything else`,
    expected: "after each failure the event loop turns",
    why: "Else one bad job keeps every timer and every signal from being heard: SIGTERM, too.",
  });
}

/** A queue of the jobs 1 to `size`, which are taken `batch` at a time. When it is empty a take waits for its signal. */
class Queue {
  readonly done: number[] = [];
  readonly back: number[] = [];
  readonly taken: number[] = [];
  takes = 0;
  readonly #jobs: number[];
  readonly #batch: number;
  readonly #sim: Sim | undefined;

  constructor(size: number, batch = size, sim?: Sim) {
    this.#jobs = Array.from({ length: size }, (_, i) => i + 1);
    this.#batch = batch;
    this.#sim = sim;
  }

  get ends() {
    return {
      take: async ({ signal }: { readonly signal: AbortSignal }) => {
        this.takes += 1;
        await this.#sim?.io("take");
        if (this.#jobs.length === 0) {
          await obediently(1_000_000)({ signal });
        }
        const jobs = this.#jobs.splice(0, this.#batch);
        this.taken.push(...jobs);
        return jobs;
      },
      giveBack: async (job: number) => {
        await this.#sim?.io(`give back ${job}`);
        this.back.push(job);
      },
    };
  }
}

const never = () => new AbortController().signal;

function createWorkers<J>(options: WorkersOptions<J>): Workers {
  guarantee(lab.createWorkers !== undefined, {
    happened: "the challenge is named in `attempted`, and `createWorkers` is not exported",
    expected: "it is",
    why: "There is nothing to judge.",
  });
  return lab.createWorkers(options);
}
