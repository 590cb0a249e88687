export function createChannel<T>() {
  const items: T[] = [];
  let wake: (() => void) | undefined;
  return {
    send(item: T): void {
      items.push(item);
      wake?.();
      wake = undefined;
    },
    async receive(): Promise<T> {
      while (items.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve; // Wrong: a second receiver takes the place of the first.
        });
      }
      return items.shift() as T;
    },
  };
}
