import type { SleepOptions } from "../contract.ts";
import { checkDuration } from "../given/errors.ts";
import { onAbort } from "./on-abort.ts";

export async function sleep(ms: number, { signal }: SleepOptions = {}): Promise<void> {
  checkDuration("ms", ms);
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const withdraw = onAbort(signal, reject);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    withdraw();
  }
}

export function underSignal<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const withdraw = onAbort(signal, reject);
    work.finally(withdraw).then(resolve, reject); // After an abort nobody hears of it, but it is handled.
  });
}
