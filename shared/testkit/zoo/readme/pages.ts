/** A page that takes long to come: nobody sees it before the signal aborts. */
export async function fetchPage(
  _path: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<string> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
