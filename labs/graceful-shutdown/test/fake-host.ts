import type { Host, HostEvent } from "../contract.ts";

/** A process that can be sent signals, and that does not end when it exits: so one sees what would have been too late. */
export class FakeHost implements Host {
  /** The statuses with which `exit` was called. */
  readonly exits: number[] = [];
  readonly #listeners = new Map<HostEvent, ((value: unknown) => void)[]>();
  readonly #exited = Promise.withResolvers<number>();
  readonly #onExit: (status: number) => void;

  constructor(onExit: (status: number) => void) {
    this.#onExit = onExit;
  }

  /** Resolves to the first status. */
  get exited(): Promise<number> {
    return this.#exited.promise;
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, list) => sum + list.length, 0);
  }

  on(event: HostEvent, listener: (value: unknown) => void): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return this;
  }

  off(event: HostEvent, listener: (value: unknown) => void): this {
    const left = (this.#listeners.get(event) ?? []).filter((each) => each !== listener);
    this.#listeners.set(event, left);
    return this;
  }

  exit(status: number): void {
    this.exits.push(status);
    this.#onExit(status);
    this.#exited.resolve(status);
  }

  /** False if nobody listens: then a real process would have been ended on the spot. */
  emit(event: HostEvent, value: unknown = event): boolean {
    const listeners = this.#listeners.get(event) ?? [];
    for (const listener of listeners) listener(value);
    return listeners.length > 0;
  }
}
