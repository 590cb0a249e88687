import type { Mutex } from "./mutex.ts";

export interface Account {
  readonly id: number;
  readonly mutex: Mutex;
}

export async function transfer(from: Account, to: Account, move: () => Promise<void>): Promise<void> {
  await from.mutex.lock();
  await move();
  await to.mutex.lock(); // Wrong: who transfers the other way takes the two in the other order.
  await move();
  to.mutex.unlock();
  from.mutex.unlock();
}
