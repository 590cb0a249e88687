import { isAsyncIterable } from "./arguments/check.ts";
import { checkMapping, Work } from "./map-concurrent/work.ts";
import { type MapConcurrentOptions, type MapTask, streamConcurrent } from "./stream-concurrent.ts";

/**
 * Runs `task` for every value, `limit` at a time, and gives all results at once, in the order of the values.
 * If they are many, or the values never end, prefer `streamConcurrent`; for a handful without a limit, `Promise.all`.
 *
 * - Values are taken from the source one by one, when there is a place to work on them. To have the index as well, map
 *   `values.entries()`.
 * - The first error stops everything: no more values are taken, the other tasks are told through their signal, and
 *   when they have ended the source is closed (`return`) and the error is thrown. Later errors are dropped.
 * - A source that is just being waited for cannot be made to end: it is told to, and not waited for. Give it the same
 *   signal.
 *
 * @returns The results.
 * @throws The first error, of a task or of the source, when all tasks have ended.
 * @throws The signal's `reason` if it aborts first; again, when all tasks have ended.
 * @throws {RangeError} If `limit` is not a whole number from 1 or `Infinity`.
 * @throws {TypeError} If `values` cannot be iterated, or `task` is no function.
 *
 * @example
 * ```ts
 * const fetchPage = async (path: string) => {
 *   await sleep(1);
 *   return `the page at ${path}`;
 * };
 * const pages = await mapConcurrent(["/", "/about", "/jobs"], fetchPage, { limit: 2 });
 * assert.deepEqual(pages, ["the page at /", "the page at /about", "the page at /jobs"]);
 * ```
 */
export async function mapConcurrent<T, R>(
  values: Iterable<T> | AsyncIterable<T>,
  task: MapTask<T, R>,
  options: MapConcurrentOptions,
): Promise<Awaited<R>[]> {
  checkMapping(values, task, options);
  if (isAsyncIterable(values)) {
    return Array.fromAsync(streamConcurrent(values, task, { ...options, lookAhead: Infinity }));
  }
  options.signal?.throwIfAborted();
  const work = new Work(values, options.signal);
  const results: Awaited<R>[] = [];
  let taken = 0;
  const runner = async () => {
    try {
      while (work.goesOn) {
        const step = work.take();
        if (step === undefined || step.done === true) return;
        const place = taken;
        taken += 1;
        results[place] = await task(step.value, work.told);
      }
    } catch (error) {
      work.fail(error);
    }
  };
  const runners: Promise<void>[] = [];
  while (runners.length < options.limit && work.goesOn) runners.push(runner());
  await Promise.all(runners);
  await work.end();
  return results;
}
