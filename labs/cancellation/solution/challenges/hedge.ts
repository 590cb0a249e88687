import type { HedgeOptions, Task } from "../../contract.ts";
import { checkDuration } from "../../given/errors.ts";
import { firstOf } from "../race.ts";
import { sleep } from "../waiting.ts";

export async function hedge<R>(
  first: Task<R>,
  second: Task<R>,
  { afterMs, signal }: HedgeOptions,
): Promise<R> {
  checkDuration("afterMs", afterMs);
  const failed = new AbortController();
  const primary: Task<R> = async (options) => {
    try {
      return await first(options);
    } catch (error) {
      failed.abort();
      throw error;
    }
  };
  const backup: Task<R> = async ({ signal: told }) => {
    // Either the time has passed, or the first has failed; whichever it was, the second is due.
    await sleep(afterMs, { signal: AbortSignal.any([told, failed.signal]) }).catch(() => {});
    told.throwIfAborted();
    return await second({ signal: told });
  };
  return await firstOf([primary, backup], { signal });
}
