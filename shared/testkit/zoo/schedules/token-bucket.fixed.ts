import type { Store } from "./token-bucket.buggy.ts";

export function createBucket(store: Store) {
  let last: Promise<unknown> = Promise.resolve();

  const takeNow = async () => {
    const { tokens, filledAt } = await store.load();
    const now = Date.now();
    const filled = Math.min(1, tokens + (now - filledAt) / 100);
    if (filled < 1) return false;
    await store.save({ tokens: filled - 1, filledAt: now });
    return true;
  };

  return {
    tryTake(): Promise<boolean> {
      const mine = last.then(takeNow);
      last = mine.catch(() => {});
      return mine;
    },
  };
}
