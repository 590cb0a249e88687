import type { CleanUpOptions, Task } from "../contract.ts";
import { checkDuration, timeoutError } from "../given/errors.ts";
import { underSignal } from "./waiting.ts";

/** Its signal descends from nobody's: what cancelled the work must not cancel what the cancellation makes necessary. */
export async function cleanUp(task: Task<void>, { deadlineMs }: CleanUpOptions): Promise<void> {
  checkDuration("deadlineMs", deadlineMs);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(timeoutError(deadlineMs)), deadlineMs);
  try {
    const { signal } = deadline;
    await underSignal(
      Promise.try(() => task({ signal })),
      signal,
    );
  } finally {
    clearTimeout(timer);
  }
}
