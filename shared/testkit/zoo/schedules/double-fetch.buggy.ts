export function createLoader<T>(fetch: (key: string) => Promise<T>) {
  const cache = new Map<string, T>();
  return {
    async load(key: string): Promise<T> {
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const value = await fetch(key); // Wrong: whoever asks meanwhile fetches, too.
      cache.set(key, value);
      return value;
    },
  };
}
