import { listen } from "../../../fixtures/library/listen.ts";

export async function acquire(signal: AbortSignal): Promise<void> {
  listen(signal);
  await Promise.resolve();
}

/** The library gets a signal that ends with the call. */
export async function acquireAndTidy(signal: AbortSignal): Promise<void> {
  const own = new AbortController();
  const passOn = () => own.abort(signal.reason);
  signal.addEventListener("abort", passOn);
  listen(own.signal);
  await Promise.resolve();
  signal.removeEventListener("abort", passOn);
}
