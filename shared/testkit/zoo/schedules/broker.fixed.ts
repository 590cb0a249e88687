export function createBroker<T>() {
  const subscribers = new Set<(message: T) => void>();
  return {
    size: () => subscribers.size,
    publish(message: T): void {
      for (const subscriber of [...subscribers]) subscriber(message);
    },
    async *subscribe(signal: AbortSignal): AsyncGenerator<T> {
      const inbox: T[] = [];
      let wake = () => {};
      const receive = (message: T) => {
        inbox.push(message);
        wake();
      };
      const leave = () => wake();
      subscribers.add(receive);
      signal.addEventListener("abort", leave, { once: true });
      try {
        while (!signal.aborted) {
          if (inbox.length > 0) yield inbox.shift() as T;
          else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        signal.removeEventListener("abort", leave);
        subscribers.delete(receive);
      }
    },
  };
}
