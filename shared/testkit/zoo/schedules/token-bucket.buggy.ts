export interface BucketState {
  readonly tokens: number;
  readonly filledAt: number;
}

export interface Store {
  load(): Promise<BucketState>;
  save(state: BucketState): Promise<void>;
}

/** Ten tokens a second at most, one at a time, its state kept in a store. */
export const createBucket = (store: Store) => ({
  async tryTake(): Promise<boolean> {
    const { tokens, filledAt } = await store.load();
    const now = Date.now();
    const filled = Math.min(1, tokens + (now - filledAt) / 100);
    if (filled < 1) return false;
    await store.save({ tokens: filled - 1, filledAt: now }); // Wrong: another refilled from the same state meanwhile.
    return true;
  },
});
