type Job = () => Promise<void>;

export function createPool(size: number) {
  const jobs: Job[] = [];
  const wakes: (() => void)[] = [];
  let closed = false;

  const work = async () => {
    for (;;) {
      const job = jobs.shift();
      if (job !== undefined) await job();
      else if (closed) return;
      else await new Promise<void>((resolve) => wakes.push(resolve));
    }
  };
  const workers = Array.from({ length: size }, work);

  return {
    submit(job: Job): void {
      jobs.push(job);
      wakes.shift()?.();
    },
    async close(): Promise<void> {
      closed = true;
      wakes.shift()?.(); // Wrong: the others are parked for ever.
      await Promise.race(workers);
    },
  };
}
