export function createLoader<T>(fetch: (key: string) => Promise<T>) {
  const cache = new Map<string, Promise<T>>();
  return {
    async load(key: string): Promise<T> {
      const cached = cache.get(key);
      if (cached !== undefined) return await cached;
      const value = fetch(key);
      cache.set(key, value);
      value.catch(() => cache.delete(key));
      return await value;
    },
  };
}
