/** A correct lock, for the specimens that go wrong elsewhere. */
export function createMutex() {
  const waiters: (() => void)[] = [];
  let held = false;
  return {
    async lock(): Promise<void> {
      if (held) await new Promise<void>((resolve) => waiters.push(resolve));
      held = true;
    },
    unlock(): void {
      const next = waiters.shift();
      if (next === undefined) held = false;
      else next();
    },
  };
}

export type Mutex = ReturnType<typeof createMutex>;
