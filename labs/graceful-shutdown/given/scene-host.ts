import type { Recorder } from "@pattern-labs/picture";
import type { Host, HostEvent } from "../contract.ts";

/** A process for the playground, that can be sent a signal. */
export class SceneHost implements Host {
  status: number | undefined;
  readonly #listeners = new Map<HostEvent, Set<(value: unknown) => void>>();
  readonly #end = new AbortController();
  readonly #exited = Promise.withResolvers<void>();

  /** Aborts when it exits. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  on(event: HostEvent, listener: (value: unknown) => void): this {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return this;
  }

  off(event: HostEvent, listener: (value: unknown) => void): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  exit(status: number): void {
    this.status ??= status;
    this.#end.abort();
    this.#exited.resolve();
  }

  emit(event: "SIGTERM", recorder: Recorder): void {
    if (this.status !== undefined) return;
    recorder.mark(event, "stop");
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(event);
  }
}
