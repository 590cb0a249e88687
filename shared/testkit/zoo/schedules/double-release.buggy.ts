export function createGate(limit: number) {
  const waiters: (() => void)[] = [];
  let free = limit;
  return {
    async enter(): Promise<() => void> {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiters.push(resolve));
      return () => {
        const next = waiters.shift(); // Wrong: who leaves twice lets two in.
        if (next === undefined) free += 1;
        else next();
      };
    },
  };
}
