interface Waiter {
  resolve(): void;
}

export function createSemaphore(limit: number) {
  const waiters: Waiter[] = [];
  let free = limit;

  const release = () => {
    const next = waiters.shift();
    if (next === undefined) free += 1;
    else next.resolve();
  };

  const turn = async (signal: AbortSignal | undefined) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { resolve };
    const leave = () => {
      const place = waiters.indexOf(waiter);
      if (place < 0) return;
      waiters.splice(place, 1);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
    waiters.push(waiter);
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  };

  return {
    free: () => free,
    async acquire(signal?: AbortSignal): Promise<() => void> {
      signal?.throwIfAborted();
      if (free > 0) free -= 1;
      else await turn(signal);
      return release;
    },
  };
}
