/**
 * A process that does jobs until it is killed, or told to stop by SIGTERM. It prints "3 did job-17" for its third effect,
 * and "lost job-17" when the lease of a job is lost, while its handler runs or before its end is stored.
 *
 * ```sh
 * node worker-process.ts '{"address": {"file": "jobs.db"}, …}'
 * ```
 */
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as turnIn } from "node:timers/promises";
import type { JobContext, JobType } from "../../contract.ts";
import { LeaseLostError } from "../../given/errors.ts";
import { openAt, type ProcessOptions } from "./process-options.ts";

const { address, effects, release, ...lease }: ProcessOptions = JSON.parse(process.argv[2] ?? "{}");
const schema = { parse: (payload: unknown) => payload };
let count = 0;

function tellIfLost({ id, signal }: JobContext): void {
  signal.addEventListener("abort", () => {
    if (signal.reason instanceof LeaseLostError) console.log(`lost ${id}`);
  });
}

const types: Readonly<Record<string, JobType>> = {
  effect: {
    schema,
    async run(_, context) {
      const { id } = context;
      tellIfLost(context);
      await turnIn(Math.random() * 5);
      appendFileSync(effects, `${id}\n`);
      count += 1;
      console.log(`${count} did ${id}`);
    },
  },
  endless: {
    schema,
    run: (_, { id }) => {
      console.log(`began ${id}`);
      return new Promise(() => {});
    },
  },
  blocking: {
    schema,
    async run(_, context) {
      tellIfLost(context);
      console.log(`began ${context.id}`);
      while (!existsSync(release)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      return "first";
    },
  },
  poison: {
    schema,
    run: async () => void process.kill(process.pid, "SIGKILL"),
  },
};

const onError = (error: unknown) => console.log(`error ${String(error)}`);
const { queue, ...opened } = await openAt(address, { ...lease, types, onError });
process.once("SIGTERM", async () => {
  await queue.stop({ deadlineMs: 60_000 });
  await opened[Symbol.asyncDispose]();
  process.exit();
});
queue.start();
console.log("started");
