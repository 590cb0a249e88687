import { Bell, ended, notReady, type Polled, type Ready, ReadyIterator } from "./ready.ts";

/** Opens an input, whatever it is: one of ours is read as it is, any other is asked for one value at a time. */
export function open<T>(input: AsyncIterable<T>): Ready<T> {
  const iterator = input[Symbol.asyncIterator]();
  return iterator instanceof ReadyIterator ? iterator : new Asked(iterator);
}

/** An iterator that has to be waited for: it is asked for its next value when somebody waits for that, and not before. */
class Asked<T> implements Ready<T> {
  readonly #iterator: AsyncIterator<T>;
  #arrived: Polled<T> = notReady;
  #failure: { readonly error: unknown } | undefined = undefined;
  readonly #reader = new Bell();
  #owes = false; // A value is on its way.
  #reading = false;

  constructor(iterator: AsyncIterator<T>) {
    this.#iterator = iterator;
  }

  poll(wake: () => void): Polled<T> {
    const value = this.#arrived;
    if (value === notReady) this.#ask(wake);
    else if (value !== ended) this.#arrived = notReady;
    else if (this.#failure !== undefined) this.#throw(this.#failure);
    return value;
  }

  /** An iterator that still owes a value is told, but not waited for: a generator closes only when its value has come. */
  async return(): Promise<void> {
    const closing = Promise.try(() => this.#iterator.return?.());
    if (this.#owes) closing.catch(() => {});
    else await closing;
  }

  #ask(wake: () => void): void {
    this.#reader.wait(wake);
    if (!this.#reading) void this.#read();
  }

  /** Goes on while each value makes somebody wait for the next one, so that most cost no promise of ours. Never rejects. */
  async #read(): Promise<void> {
    this.#reading = true;
    while (this.#reader.awaited) {
      this.#owes = true;
      try {
        const { done, value } = await this.#iterator.next();
        this.#arrived = done ? ended : value;
      } catch (error) {
        this.#arrived = ended;
        this.#failure = { error };
      }
      this.#owes = false;
      this.#reader.ring();
    }
    this.#reading = false;
  }

  #throw({ error }: { readonly error: unknown }): never {
    this.#failure = undefined;
    throw error;
  }
}
