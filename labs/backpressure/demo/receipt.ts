/** So many of the lines that make no event are named: an answer must not be longer than its question. */
const INVALID_AT_MOST = 20;

/** What became of the events of one request. The answer says it, as far as it is known by then. */
export class Receipt {
  accepted = 0;
  dropped = 0;
  tooLarge: string | undefined;
  /** All of them, so that a client can send just these again. A number is shorter than the event that stood there. */
  readonly #refused = new Lines<number>(Number.POSITIVE_INFINITY);
  readonly #invalid = new Lines<{ readonly line: number; readonly problem: string }>(INVALID_AT_MOST);
  #unsettled = 0;
  #whenSettled: (() => void) | undefined;

  /** Called for each event that goes into the buffer. */
  accept(): void {
    this.accepted += 1;
    this.#unsettled += 1;
  }

  /** Takes back an `accept`: the buffer did not take it after all. */
  withdraw(): void {
    this.accepted -= 1;
    this.settle();
  }

  /** Called when an accepted event has come to its end: it was written or dropped. */
  settle(): void {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) this.#whenSettled?.();
  }

  drop(): void {
    this.dropped += 1;
    this.settle();
  }

  /** Called for an event for which there was no room. */
  refuse(line: number): void {
    this.#refused.add(line);
  }

  reject(line: number, problem: string): void {
    this.#invalid.add({ line, problem });
  }

  /** Waits until each accepted event has been written or dropped. */
  async settled(): Promise<void> {
    if (this.#unsettled === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenSettled = resolve;
    });
  }

  get status(): 202 | 400 | 413 | 503 {
    if (this.tooLarge !== undefined) return 413;
    if (this.#refused.count > 0) return 503;
    return this.accepted === 0 ? 400 : 202;
  }

  /** `dropped` are of those that were accepted, so far. */
  toJSON() {
    const empty = this.status === 400 && this.#invalid.count === 0;
    return {
      accepted: this.accepted,
      dropped: this.dropped,
      refused: this.#refused,
      invalid: this.#invalid,
      ...(this.tooLarge !== undefined && { problem: this.tooLarge }),
      ...(empty && { problem: "there is no event in the body" }),
    };
  }
}

/** How many there were, and the first so many of them. */
class Lines<T> {
  readonly #most: number;
  readonly #named: T[] = [];
  count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(line: T): void {
    this.count += 1;
    if (this.#named.length < this.#most) this.#named.push(line);
  }

  toJSON() {
    return { count: this.count, lines: this.#named };
  }
}
