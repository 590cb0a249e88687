export interface Database {
  read(): Promise<number>;
  write(value: number): Promise<void>;
}

export function createCache(database: Database) {
  let cached: number | undefined;
  return {
    async get(): Promise<number> {
      if (cached !== undefined) return cached;
      const value = await database.read();
      cached = value; // Wrong: it may have been invalidated while the value was on its way.
      return value;
    },
    async set(value: number): Promise<void> {
      await database.write(value);
      cached = undefined;
    },
  };
}
