export function createWaitGroup() {
  let running = 0;
  const waiters: (() => void)[] = [];
  return {
    async go(start: () => Promise<void>, body: () => Promise<void>): Promise<void> {
      await start();
      running += 1; // Wrong: counted only once it runs; who waits before that waits for nothing.
      await body();
      running -= 1;
      if (running === 0) for (const wake of waiters.splice(0)) wake();
    },
    async wait(): Promise<void> {
      if (running > 0) await new Promise<void>((resolve) => waiters.push(resolve));
    },
  };
}
