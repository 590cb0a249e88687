export function createReadWriteLock() {
  const writers: (() => void)[] = [];
  let readers = 0;
  return {
    async read<T>(body: () => Promise<T>): Promise<T> {
      readers += 1; // Wrong: a reader is let in even when a writer waits.
      try {
        return await body();
      } finally {
        readers -= 1;
        if (readers === 0) writers.shift()?.();
      }
    },
    async write(body: () => void): Promise<void> {
      if (readers > 0) await new Promise<void>((resolve) => writers.push(resolve));
      body();
    },
  };
}
