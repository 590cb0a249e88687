import { createMutex } from "./mutex.ts";

export function createSection() {
  const mutex = createMutex();
  return {
    async run<T>(body: () => Promise<T>): Promise<T> {
      await mutex.lock();
      try {
        return await body();
      } finally {
        mutex.unlock();
      }
    },
  };
}
