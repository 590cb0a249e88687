export function createPipe<T>(capacity: number) {
  const items: T[] = [];
  const senders: (() => void)[] = [];
  let closed = false;
  return {
    async send(item: T): Promise<boolean> {
      while (items.length >= capacity && !closed) await new Promise<void>((resolve) => senders.push(resolve));
      if (closed) return false;
      items.push(item);
      return true;
    },
    take(): T | undefined {
      senders.shift()?.();
      return items.shift();
    },
    close(): void {
      closed = true; // Wrong: who waits for room waits for ever.
    },
  };
}
