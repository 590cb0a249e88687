export interface Store {
  read(): Promise<number>;
  write(balance: number): Promise<void>;
}

export const createBank = (store: Store) => ({
  async withdraw(amount: number): Promise<boolean> {
    const balance = await store.read();
    if (balance < amount) return false;
    await store.write(balance - amount); // Wrong: the balance may be another by now.
    return true;
  },
});
