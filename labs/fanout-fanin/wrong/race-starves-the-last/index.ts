/** Merging as it is found in many answers on the web: whoever stands first in the list wins the race. */
export { createGroup, hashFiles } from "../../solution/index.ts";

export async function* merge<T>(
  sources: readonly AsyncIterable<T>[],
): AsyncGenerator<T, undefined, undefined> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const ask = (iterator: AsyncIterator<T>) => iterator.next().then((result) => ({ iterator, result }));
  const asked = new Map(iterators.map((iterator) => [iterator, ask(iterator)]));
  try {
    while (asked.size > 0) {
      const { iterator, result } = await Promise.race(asked.values());
      if (result.done) {
        asked.delete(iterator);
        continue;
      }
      asked.set(iterator, ask(iterator)); // A key that is set again keeps its place in the map.
      yield result.value;
    }
  } finally {
    await Promise.all([...asked.keys()].map((iterator) => iterator.return?.()));
  }
  return undefined;
}
