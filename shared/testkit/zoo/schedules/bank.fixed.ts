import type { Store } from "./bank.buggy.ts";

export function createBank(store: Store) {
  let last: Promise<unknown> = Promise.resolve();

  async function withdrawNow(amount: number): Promise<boolean> {
    const balance = await store.read();
    if (balance < amount) return false;
    await store.write(balance - amount);
    return true;
  }

  return {
    withdraw(amount: number): Promise<boolean> {
      const mine = last.then(() => withdrawNow(amount));
      last = mine.catch(() => {});
      return mine;
    },
  };
}
