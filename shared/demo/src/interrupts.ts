import { announce } from "./live-view.ts";

/** The reason with which the demo stops after Ctrl-C or SIGTERM. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** The exit status that tells the shell which signal it was. */
  readonly exitStatus: number;

  constructor(signal: "SIGINT" | "SIGTERM") {
    super(signal === "SIGINT" ? "Stopped by Ctrl-C." : "Stopped by SIGTERM.");
    this.exitStatus = signal === "SIGINT" ? 130 : 143;
  }
}

export interface Interrupts extends Disposable {
  /** Aborts with an `Interrupted` at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** That reason, once it happened. */
  readonly reason: Interrupted | undefined;
}

/** Turns the first Ctrl-C or SIGTERM into an abort. The second ends the process at once. */
export function listenForInterrupts(): Interrupts {
  const controller = new AbortController();
  let reason: Interrupted | undefined;
  const interrupt = (signal: "SIGINT" | "SIGTERM") => {
    if (reason !== undefined) process.exit(reason.exitStatus);
    reason = new Interrupted(signal);
    announce(`${reason.message} Once more ends at once.`);
    controller.abort(reason);
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    [Symbol.dispose]() {
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    },
  };
}
