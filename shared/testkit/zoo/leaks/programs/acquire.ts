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
