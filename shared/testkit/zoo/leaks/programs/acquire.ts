export async function acquire(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    resolve();
  });
}

export async function acquireAndTidy(signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  await new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { signal: done.signal });
    resolve();
  });
  done.abort();
}

/** Hands the job a signal of its own, as a pool does. */
export async function runJob(job: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  await job(controller.signal);
}
