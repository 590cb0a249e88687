import type { Program } from "../program.ts";

interface Jobs {
  waiting: ((job: string) => void)[];
}

async function nextJob(jobs: Jobs): Promise<string> {
  return await new Promise((resolve) => jobs.waiting.push(resolve));
}

async function workLoop(jobs: Jobs): Promise<void> {
  while ((await nextJob(jobs)) !== "stop") await Promise.resolve();
}

function startPool(jobs: Jobs, size: number): Promise<unknown> {
  return Promise.all(Array.from({ length: size }, () => workLoop(jobs)));
}

const jobs: Jobs = { waiting: [] };

export const workerLoopParked: Program = {
  mistake: "the workers of a pool wait for jobs for ever, as nobody tells them to go home",
  leaves: [{ kind: "parked", in: "nextJob" }],
  async buggy() {
    void startPool(jobs, 3);
    jobs.waiting.shift()?.("a job");
    await Promise.resolve();
  },
  async fixed() {
    const pool = startPool(jobs, 3);
    jobs.waiting.shift()?.("a job");
    await new Promise(setImmediate);
    for (const tell of jobs.waiting.splice(0)) tell("stop");
    await pool;
  },
};
