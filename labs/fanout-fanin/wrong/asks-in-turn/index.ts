/** Fair beyond doubt: one value of each source, round and round. But each waits for the one before it. */
export { createGroup, hashFiles } from "../../solution/index.ts";

export async function* merge<T>(
  sources: readonly AsyncIterable<T>[],
): AsyncGenerator<T, undefined, undefined> {
  let open = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    while (open.length > 0) {
      for (const iterator of open) {
        const { done, value } = await iterator.next();
        if (done) open = open.filter((other) => other !== iterator);
        else yield value;
      }
    }
  } finally {
    await Promise.all(open.map((iterator) => iterator.return?.()));
  }
  return undefined;
}
