import type { Account } from "./deadlock.buggy.ts";

export async function transfer(from: Account, to: Account, move: () => Promise<void>): Promise<void> {
  const [first, second] = from.id < to.id ? [from, to] : [to, from];
  await first.mutex.lock();
  await move();
  await second.mutex.lock();
  await move();
  second.mutex.unlock();
  first.mutex.unlock();
}
