/** `node:timers/promises` on the timers of the realm, which are simulated. */

interface Options {
  readonly signal?: AbortSignal;
}

const wait = <T>(arm: (fire: () => void) => () => void, value: T, { signal }: Options = {}): Promise<T> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const leave = () => {
      disarm();
      reject(signal?.reason);
    };
    const disarm = arm(() => {
      signal?.removeEventListener("abort", leave);
      resolve(value);
    });
    signal?.addEventListener("abort", leave, { once: true });
  });

const after = (ms?: number) => (fire: () => void) => {
  const timer = globalThis.setTimeout(fire, ms);
  return () => globalThis.clearTimeout(timer);
};

export const setTimeout = <T>(ms?: number, value?: T, options?: Options) => wait(after(ms), value, options);

export const setImmediate = <T>(value?: T, options?: Options) => wait(after(0), value, options);

export async function* setInterval<T>(
  ms?: number,
  value?: T,
  options?: Options,
): AsyncGenerator<T | undefined> {
  for (;;) yield await setTimeout(ms, value, options);
}

export const scheduler = {
  wait: (ms: number, options?: Options) => setTimeout(ms, undefined, options),
  yield: () => setImmediate(),
};
