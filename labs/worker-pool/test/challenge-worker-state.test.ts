import { challenge, explore, guarantee, simulate } from "@pattern-labs/testkit";

import { it } from "vitest";
import { createPool } from "./recorded-pool.ts";
import { lab } from "./subject.ts";

challenge("worker-state", lab, () => {
  it("worker-state.1 each worker makes its state once, for its first job, and hands it to every one", () =>
    simulate(async (sim) => {
      const made: number[] = [];
      const pool = createPool(sim, {
        workers: 2,
        queueLimit: 10,
        workerState: {
          create: async (worker) => {
            made.push(worker);
            await pause(10);
            return `connection of worker ${worker}`;
          },
          dispose: () => {},
        },
      });
      const used: string[] = [];
      const job = async ({ state, worker }: { readonly state?: unknown; readonly worker?: number }) => {
        used.push(`${worker}: ${state}`);
        await pause(10);
      };
      await pause(100);
      const before = made.length;
      for (let i = 0; i < 8; i += 1) await pool.submit(job);
      await pool.close();
      guarantee(before === 0 && made.toSorted().join() === "0,1", {
        happened: `with 2 workers ${before} states were made before the first job, and in all for the workers ${made.join(", ")}`,
        expected: "none before, and then one for each of the workers 0 and 1",
        why: "A connection that is made anew for each job costs more than the job; one that nobody needs is one too many.",
      });
      const wrong = used.filter((use) => !/^(\d): connection of worker \1$/.test(use));
      guarantee(used.length === 8 && wrong.length === 0, {
        happened: `the jobs were given (worker: state) ${used.join("; ")}`,
        expected: "each is given the state of the worker it runs on",
        why: "Two jobs on one connection at the same time read each other's answers.",
      });
    }));

  it("worker-state.2 every state is disposed of, once, before the end is announced", () =>
    explore(async (sim) => {
      const open = new Set<number>();
      let disposals = 0;
      const pool = createPool(sim, {
        workers: 2,
        queueLimit: 3,
        workerState: {
          create: async (worker) => {
            await sim.as(`worker ${worker}`, () => sim.io("connects"));
            open.add(worker);
            return worker;
          },
          dispose: async (state) => {
            disposals += 1;
            await sim.as(`worker ${state}`, () => sim.io("disconnects"));
            open.delete(state as number);
          },
        },
      });
      for (const page of [1, 2, 3]) await pool.submit(() => sim.as(`page ${page}`, () => sim.io("arrives")));
      let made = 0;
      await sim.spawn("owner", async () => {
        const ended: Promise<unknown> =
          sim.choose("ends by", ["close", "abort"]) === "close" ? pool.close() : pool.abort("Ctrl-C");
        await sim.waitFor("the end", ended);
        made = open.size;
      });
      guarantee(made === 0, {
        happened: `when the end was announced, ${made} connections were still open, after ${disposals} calls of dispose`,
        expected: "none",
        why: "What is still open keeps the process alive, or is cut off in the middle of a word.",
      });
      guarantee(disposals <= 2, {
        happened: `dispose was called ${disposals} times for 2 workers`,
        expected: "once for each state",
        why: "The second time it closes what somebody else has opened meanwhile.",
      });
    }));

  it("worker-state.3 when a state cannot be made, that attempt fails, and the next one tries again", () =>
    simulate(async (sim) => {
      let tries = 0;
      const disposed: unknown[] = [];
      const pool = createPool(sim, {
        workers: 1,
        queueLimit: 3,
        retries: 1,
        baseDelayMs: 10,
        random: () => 0.5,
        workerState: {
          create: () => {
            tries += 1;
            if (tries === 1) throw new Error("no connection");
            return `connection ${tries}`;
          },
          dispose: (state) => void disposed.push(state),
        },
      });
      const { result } = await pool.submit(({ state }) => state);
      const outcome = await result.catch((error: unknown) => `failed with ${String(error)}`);
      await pool.close();
      guarantee(outcome === "connection 2" && disposed.join() === "connection 2", {
        happened: `the first try to connect failed; the job, with one retry, gave ${String(outcome)}; disposed of: ${disposed.join(", ")}`,
        expected: "connection 2, which is disposed of in the end",
        why: "A failure that is remembered for ever turns a hiccup into an outage.",
      });
    }));
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
