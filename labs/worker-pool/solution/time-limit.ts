interface Limit {
  readonly ms: number | undefined;
  readonly controller: AbortController;
}

/**
 * Settles as `task` does, or rejects with a TimeoutError when `ms` are over: then `controller` tells the task to stop,
 * and whether it obeys is not waited for, because nothing can make it.
 */
export function underTimeLimit<T>(task: () => T | PromiseLike<T>, { ms, controller }: Limit): Promise<T> {
  const outcome = Promise.try(task);
  if (ms === undefined) return outcome;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const timeout = new DOMException(`The job took longer than ${ms} ms`, "TimeoutError");
      controller.abort(timeout);
      reject(timeout);
    }, ms);
    outcome.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
