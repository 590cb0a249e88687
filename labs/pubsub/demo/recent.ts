/** A message as the hub keeps it, and as everybody gets it. */
export interface Entry {
  readonly number: number;
  readonly topic: string;
  /** What is sent: made once, for all. */
  readonly frame: Buffer;
}

/** How much is kept. */
export interface Room {
  /** So many messages, */
  readonly keep: number;
  /** and at most so many bytes of them. */
  readonly keepBytes: number;
}

/** What there is after a place in the log. */
export interface Reading {
  /** So many messages after that place are gone. */
  readonly missed: number;
  readonly entries: readonly Entry[];
}

/** What a hub's listeners are brought up to date from. Numbers only rise; one that is left out is gone. */
export interface HubLog {
  /** Its name: a log that is begun anew has another. */
  readonly id: string;
  /** The number of the oldest message that is kept; of the next one, if none is. */
  readonly first: number;
  /** The number of the newest message. */
  readonly last: number;
  /** At most so many of the messages after number `place`. */
  after(place: number, most: number): Reading;
  /** Resolves when `last` is `number` or more, or if it is not to be expected. */
  reach(number: number): Promise<void>;
}

/** The last messages, in memory. */
export class Recent {
  /** The number of the newest message. */
  last: number;
  readonly #room: Room;
  readonly #entries = new Map<number, Entry>();
  #first = 0;
  #bytes = 0;

  /** `last` is the number before the first that will be taken. */
  constructor(room: Room, last: number) {
    this.#room = room;
    this.last = last;
  }

  get first(): number {
    return this.#entries.size === 0 ? this.last + 1 : this.#first;
  }

  /** Takes one whose number is higher than that of all before, and forgets what there is no room for. */
  take(entry: Entry): void {
    if (this.#entries.size === 0) this.#first = entry.number;
    this.#entries.set(entry.number, entry);
    this.last = entry.number;
    this.#bytes += entry.frame.length;
    const { keep, keepBytes } = this.#room;
    while (this.#entries.size > keep || (this.#bytes > keepBytes && this.#entries.size > 1)) this.#forget();
  }

  #forget(): void {
    this.#bytes -= this.#entries.get(this.#first)?.frame.length ?? 0;
    this.#entries.delete(this.#first);
    this.#first = this.#next(this.#first + 1);
  }

  after(place: number, most: number): Reading {
    const from = this.#next(Math.max(place + 1, this.first));
    const entries: Entry[] = [];
    for (let number = from; entries.length < most; number += 1) {
      const entry = this.#entries.get(number);
      if (entry === undefined) break; // The end, or a gap: that is told with the next reading.
      entries.push(entry);
    }
    return { missed: from - place - 1, entries };
  }

  /** The first number from `number` on that is there; that of the next one, if none is. */
  #next(number: number): number {
    let next = number;
    while (next <= this.last && !this.#entries.has(next)) next += 1;
    return next;
  }
}
