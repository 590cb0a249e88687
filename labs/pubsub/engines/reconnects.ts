/** Tells all who wait for an answer of the server that there is a connection again, as often as that happens. */
export class Reconnects {
  #next = new AbortController();

  /** Aborts at the next reconnect. */
  get next(): AbortSignal {
    return this.#next.signal;
  }

  tell(): void {
    const waited = this.#next;
    this.#next = new AbortController();
    waited.abort(new Error("There is a connection again"));
  }
}
