import type { CancelOptions, Task, TimeoutOptions } from "../contract.ts";
import { checkDuration } from "../given/errors.ts";
import { openScope } from "./scope.ts";

export async function withTimeout<R>(task: Task<R>, { ms, signal }: TimeoutOptions): Promise<R> {
  checkDuration("ms", ms);
  await using scope = openScope({ signal, timeoutMs: ms });
  try {
    return await scope.start(task);
  } finally {
    scope.signal.throwIfAborted(); // Too late is too late, whatever the task returned or threw.
  }
}

export async function firstOf<R>(tasks: readonly Task<R>[], { signal }: CancelOptions = {}): Promise<R> {
  await using scope = openScope({ signal });
  const compete = async (task: Task<R>) => {
    const value = await task(scope);
    scope.signal.throwIfAborted();
    scope.cancel(new DOMException("Another task was first", "AbortError")); // Before anybody else can succeed.
    return value;
  };
  try {
    return await Promise.any(tasks.map((task) => scope.start(() => compete(task))));
  } catch (error) {
    scope.signal.throwIfAborted();
    throw error;
  }
}
