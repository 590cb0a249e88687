import { show } from "@pattern-labs/testkit/outcome";
import type { Call } from "../contract.ts";
import { turn } from "./outcome.ts";

export type Settled = { readonly value: unknown } | { readonly error: unknown } | undefined;

/** Somebody who calls a service as the gateway does: with a signal and a deadline. */
export class Caller {
  readonly #told = new AbortController();
  #settled: Settled;
  /** Resolves when the call has settled, however it did. */
  readonly end: Promise<void>;

  constructor(call: Call, service: string, deadline = performance.now() + 60_000) {
    this.end = Promise.try(call, service, { signal: this.#told.signal, deadline }).then(
      (value) => {
        this.#settled = { value };
      },
      (error: unknown) => {
        this.#settled = { error };
      },
    );
  }

  get signal(): AbortSignal {
    return this.#told.signal;
  }

  /** The client has gone. */
  leave(reason: unknown = new Error("the client has gone")): void {
    this.#told.abort(reason);
  }

  /** The deadline has come. */
  beLate(): void {
    this.#told.abort(new DOMException("The call took too long", "TimeoutError"));
  }

  /** How the call has settled when this turn is over. */
  async settled(): Promise<Settled> {
    await turn();
    return this.#settled;
  }
}

export const failed = (settled: Settled): boolean => settled !== undefined && "error" in settled;

export const gave = (settled: Settled, value: unknown): boolean =>
  settled !== undefined && "value" in settled && settled.value === value;

export function describeSettled(settled: Settled): string {
  if (settled === undefined) return "had not settled";
  return "value" in settled ? `gave ${show(settled.value)}` : `failed with ${show(settled.error)}`;
}
