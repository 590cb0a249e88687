import { getEventListeners } from "node:events";
import { guarantee } from "./guarantee.ts";

/**
 * The signal of a service, which outlives every call: whatever a call leaves on it stays for good.
 *
 * @example
 * ```ts
 * const service = new LongLived();
 * await fetchPage("/", { signal: service.signal });
 * service.expectBare("a call that succeeded");
 * ```
 */
export class LongLived {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get listeners(): number {
    return getEventListeners(this.signal, "abort").length;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** @throws {GuaranteeError} If a listener is left. */
  expectBare(after: string): void {
    const { listeners } = this;
    guarantee(listeners === 0, {
      happened: `after ${after} ${listeners} ${listeners === 1 ? "listener was" : "listeners were"} left on the signal`,
      expected: "none is left",
      why: "The signal lives as long as the service. Each listener holds on to its request: memory grows until the process dies.",
    });
  }
}
