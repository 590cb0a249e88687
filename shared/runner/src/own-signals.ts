import type { EventEmitter } from "node:events";

/**
 * Does something, and takes away the listeners that it left on signals and on the end of standard input.
 *
 * Vitest and vite leave some that end the process at once. Here it is for the command to end by its own rules, once
 * the terminal is given back and what it started has ended.
 */
export async function keepingSignals<T>(work: () => Promise<T>): Promise<T> {
  const events: readonly (readonly [EventEmitter, string])[] = [
    [process, "SIGINT"],
    [process, "SIGTERM"],
    [process.stdin, "end"],
  ];
  const before = events.map(([emitter, event]) => new Set(emitter.listeners(event)));
  const result = await work();
  events.forEach(([emitter, event], index) => {
    for (const listener of emitter.listeners(event)) {
      if (before[index]?.has(listener) !== true) emitter.removeListener(event, listener as () => void);
    }
  });
  return result;
}
