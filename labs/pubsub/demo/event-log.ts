import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { messageFrame } from "./frames.ts";
import { lockFolder } from "./lock.ts";
import { type Row, Segments } from "./segments.ts";

/** A message as the hub keeps it, and as everybody gets it. */
export interface Entry {
  readonly number: number;
  readonly topic: string;
  /** What is sent: made once, for all. */
  readonly frame: Buffer;
}

export interface LogOptions {
  readonly folder: string;
  /** So many messages are kept, */
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

/**
 * The last messages, in memory and in files. They are numbered from 1 for as long as the files live: a number belongs to
 * one message, before a restart and after it. So it can be what a reader remembers: the place up to which it has
 * everything.
 */
export class EventLog implements Disposable {
  readonly #options: LogOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #lock: Disposable;
  readonly #segments: Segments;
  #first: number | undefined;
  #bytes = 0;

  /**
   * Opens the log in a folder, or begins one.
   *
   * @throws {LogError} If another process has it, or it is not as it was left.
   */
  constructor(options: LogOptions) {
    this.#options = options;
    makeFolder(options.folder);
    using undo = new DisposableStack();
    this.#lock = undo.use(lockFolder(options.folder));
    const rows: Row[] = [];
    const newLog = randomBytes(4).toString("hex");
    this.#segments = undo.use(new Segments(options.folder, newLog, (row) => rows.push(row)));
    for (const row of rows) this.#take(row);
    undo.move();
  }

  /** Its name: a log that is begun anew has another. */
  get id(): string {
    return this.#segments.log;
  }

  /** The number of the oldest message that is kept; of the next one, if none is. */
  get first(): number {
    return this.#first ?? this.last + 1;
  }

  /** The number of the newest message. */
  get last(): number {
    return this.#segments.next - 1;
  }

  /**
   * Writes a message down. When this returns, it outlives the process.
   *
   * @param payload JSON.
   * @throws The system's error, such as ENOSPC; then nothing has happened.
   */
  append(topic: string, payload: string): Entry {
    const { keep, keepBytes } = this.#options;
    if (this.#segments.isFull(keep, keepBytes)) this.#segments.roll(this.first);
    const row = { number: this.last + 1, at: Date.now(), topic, payload };
    this.#segments.append(row);
    return this.#take(row);
  }

  #take({ number, at, topic, payload }: Row): Entry {
    const frame = Buffer.from(messageFrame(`${this.id}-${number}`, topic, at, payload));
    const entry = { number, topic, frame };
    this.#entries.set(number, entry);
    this.#first ??= number;
    this.#bytes += frame.length;
    this.#forget();
    return entry;
  }

  #forget(): void {
    const { keep, keepBytes } = this.#options;
    while (this.#entries.size > keep || (this.#bytes > keepBytes && this.#entries.size > 1)) {
      const first = this.first;
      this.#bytes -= this.#entries.get(first)?.frame.length ?? 0;
      this.#entries.delete(first);
      this.#first = first + 1;
    }
  }

  /** At most so many of the messages after number `place`. */
  after(place: number, most: number): Reading {
    const from = Math.max(place + 1, this.first);
    const entries: Entry[] = [];
    for (let number = from; entries.length < most; number += 1) {
      const entry = this.#entries.get(number);
      if (entry === undefined) break;
      entries.push(entry);
    }
    return { missed: from - place - 1, entries };
  }

  [Symbol.dispose](): void {
    this.#segments[Symbol.dispose]();
    this.#lock[Symbol.dispose]();
  }
}

/** Not with all that is above it: a name that was mistyped is better refused. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
