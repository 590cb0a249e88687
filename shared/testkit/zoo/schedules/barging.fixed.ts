export function createChannel<T>() {
  const items: T[] = [];
  const wakes: (() => void)[] = [];
  return {
    send(item: T): void {
      items.push(item);
      wakes.shift()?.();
    },
    async receive(): Promise<T | undefined> {
      while (items.length === 0) await new Promise<void>((resolve) => wakes.push(resolve));
      return items.shift();
    },
  };
}
