/** Hears when an item is handed out, and when the next one is asked for or the source is left. */
export interface SourceListener<T> {
  gave(item: T): void;
  asked(): void;
  left(): void;
}

/**
 * The same source, overheard. Every call goes straight on to the original, so that a source which is left while an
 * item is on its way hears of it at once.
 */
export function overhear<T>(
  items: Iterable<T> | AsyncIterable<T>,
  listener: SourceListener<T>,
): AsyncIterableIterator<T, undefined> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : awaited(items);
  const hear = (result: IteratorResult<T>): IteratorResult<T, undefined> => {
    if (result.done === true) {
      listener.left();
      return { done: true, value: undefined };
    }
    listener.gave(result.value);
    return result;
  };
  return {
    async next() {
      listener.asked();
      return hear(await source.next());
    },
    async return() {
      listener.left();
      await source.return?.();
      return { done: true, value: undefined };
    },
    async throw(error) {
      listener.left();
      if (source.throw === undefined) throw error;
      return hear(await source.throw(error));
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** As `for await` takes an ordinary iterable: promises in it are awaited. */
async function* awaited<T>(items: Iterable<T>): AsyncGenerator<T, undefined> {
  yield* items;
}
