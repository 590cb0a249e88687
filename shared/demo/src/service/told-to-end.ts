import { constants } from "node:os";

/**
 * Resolves at the first SIGTERM or Ctrl-C, or when the process that has started this one, with a channel between the two,
 * is gone: with what it was. A second signal ends the process at once.
 */
export function toldToEnd(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let isTold = false;
  const hear = (signal: "SIGINT" | "SIGTERM") => {
    if (isTold) process.exit(128 + constants.signals[signal]);
    isTold = true;
    resolve(signal);
  };
  process.on("SIGINT", hear).on("SIGTERM", hear);
  process.once("disconnect", () => resolve("whoever had started it has gone"));
  return promise;
}
