import { onAbort } from "@pattern-labs/primitives/abort";

/** Settles as `promise` does, or rejects with the signal's reason as soon as that aborts. What comes later is dropped. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const withdraw = onAbort(signal, () => reject(signal.reason));
    promise.finally(withdraw).then(resolve, reject);
  });
}
