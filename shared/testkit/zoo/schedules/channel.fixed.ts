export function createChannel<T>() {
  const items: T[] = [];
  const receivers: ((item: T) => void)[] = [];
  return {
    send(item: T): void {
      const receiver = receivers.shift();
      if (receiver === undefined) items.push(item);
      else receiver(item);
    },
    async receive(): Promise<T> {
      if (items.length > 0) return items.shift() as T;
      return await new Promise((resolve) => {
        receivers.push(resolve);
      });
    },
  };
}
