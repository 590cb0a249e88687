/** Gives the values of batches, which travel as a whole, one by one. After an abort it gives none that are left. */
export function oneByOne<T>(
  batches: AsyncIterableIterator<readonly T[]>,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<T> {
  let batch: Iterator<T> = Iterator.from([]);
  return {
    async next() {
      for (;;) {
        const value = signal?.aborted ? END : batch.next();
        if (!value.done) return value;
        const next = await batches.next();
        if (next.done) return next;
        batch = next.value.values();
      }
    },
    async return() {
      batch = Iterator.from([]);
      await batches.return?.();
      return END;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const END = { done: true, value: undefined } as const;
