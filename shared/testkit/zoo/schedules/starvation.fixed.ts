export function createReadWriteLock() {
  const writers: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  let readers = 0;

  const letNextIn = () => {
    if (readers > 0) return;
    writers.shift()?.();
    if (writers.length === 0) for (const enter of waiting.splice(0)) enter();
  };

  return {
    async read<T>(body: () => Promise<T>): Promise<T> {
      if (writers.length > 0) await new Promise<void>((resolve) => waiting.push(resolve));
      readers += 1;
      try {
        return await body();
      } finally {
        readers -= 1;
        letNextIn();
      }
    },
    async write(body: () => void): Promise<void> {
      if (readers > 0) await new Promise<void>((resolve) => writers.push(resolve));
      body();
    },
  };
}
