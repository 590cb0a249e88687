const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const giveUp = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(resolve, ms); // Wrong: the listener stays when the time is over.
    signal.addEventListener("abort", giveUp, { once: true });
  });

export async function retry<T>(attempt: () => Promise<T>, tries: number, signal: AbortSignal): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (failures >= tries) throw error;
    }
    await sleep(100 * 2 ** failures, signal);
  }
}
