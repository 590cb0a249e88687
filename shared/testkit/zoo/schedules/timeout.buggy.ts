export async function withTimeout<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  setTimeout(() => {
    controller.abort(new Error("too late"));
    reject(controller.signal.reason);
  }, ms);
  return await Promise.race([work(controller.signal), promise]); // Wrong: the timer runs on.
}
