export function createQueue(handle: (job: string) => Promise<void>) {
  const jobs: string[] = [];
  let running: Promise<void> | undefined;
  let closing = false;

  const run = async () => {
    while (jobs.length > 0 && !closing) await handle(jobs.shift() as string); // Wrong: drops what was accepted.
    running = undefined;
  };

  return {
    submit(job: string): boolean {
      if (closing) return false;
      jobs.push(job);
      running ??= run();
      return true;
    },
    async shutdown(): Promise<void> {
      closing = true;
      await running;
    },
  };
}
