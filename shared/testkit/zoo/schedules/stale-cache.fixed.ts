import type { Database } from "./stale-cache.buggy.ts";

export function createCache(database: Database) {
  let cached: number | undefined;
  let writes = 0;
  return {
    async get(): Promise<number> {
      if (cached !== undefined) return cached;
      const before = writes;
      const value = await database.read();
      if (writes === before) cached = value;
      return value;
    },
    async set(value: number): Promise<void> {
      await database.write(value);
      writes += 1;
      cached = undefined;
    },
  };
}
