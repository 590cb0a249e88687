export function createLock() {
  const waiters: (() => void)[] = [];
  let held = false;
  return {
    async lock(): Promise<void> {
      if (held) await new Promise<void>((resolve) => waiters.push(resolve));
      held = true;
    },
    unlock(): void {
      held = false; // Wrong: until the waiter wakes, a newcomer finds the lock free.
      waiters.shift()?.();
    },
  };
}
