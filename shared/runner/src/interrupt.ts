import { constants } from "node:os";

/** The wish of somebody outside that this process end: Ctrl-C, or a signal. */
export interface Interrupt {
  /** Aborts when it comes. */
  readonly signal: AbortSignal;
  /** The exit status that tells of it, 128 + the signal's number; undefined while it has not come. */
  readonly status: number | undefined;
  /** From now on, and until disposed, it is for `handler` to deal with; the command goes on. */
  handOver(handler: (signal: NodeJS.Signals) => void): Disposable;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly NodeJS.Signals[];

/** How long a command may take to put things right before it is ended regardless. */
const graceMs = 2000;

/**
 * Listens until disposed. An interrupt first asks the command to end, so that it can put the terminal right and end
 * what it started. Should it not manage to in time, or at a second interrupt, the process ends at once.
 */
export function listenForInterrupt(): Interrupt & Disposable {
  const controller = new AbortController();
  let status: number | undefined;
  let handler: ((signal: NodeJS.Signals) => void) | undefined;

  const interrupt = (signal: NodeJS.Signals) => {
    if (handler !== undefined) return handler(signal);
    if (status !== undefined) process.exit(status);
    status = 128 + constants.signals[signal];
    setTimeout(() => process.exit(status), graceMs).unref();
    controller.abort(new Error(`interrupted by ${signal}`));
  };
  for (const signal of signals) process.on(signal, interrupt);

  return {
    signal: controller.signal,
    get status() {
      return status;
    },
    handOver: (next) => {
      handler = next;
      return {
        [Symbol.dispose]: () => {
          handler = undefined;
        },
      };
    },
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
