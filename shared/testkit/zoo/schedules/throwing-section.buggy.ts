import { createMutex } from "./mutex.ts";

export function createSection() {
  const mutex = createMutex();
  return {
    async run<T>(body: () => Promise<T>): Promise<T> {
      await mutex.lock();
      const result = await body();
      mutex.unlock(); // Wrong: not reached when the body throws.
      return result;
    },
  };
}
