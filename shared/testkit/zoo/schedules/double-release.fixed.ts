export function createGate(limit: number) {
  const waiters: (() => void)[] = [];
  let free = limit;
  return {
    async enter(): Promise<() => void> {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiters.push(resolve));
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        const next = waiters.shift();
        if (next === undefined) free += 1;
        else next();
      };
    },
  };
}
