import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { messageFrame } from "./frames.ts";
import { lockFolder } from "./lock.ts";
import { placeId } from "./places.ts";
import { type Entry, type HubLog, type Reading, Recent, type Room } from "./recent.ts";
import { type Row, Segments } from "./segments.ts";

export interface LogOptions extends Room {
  readonly folder: string;
}

/**
 * The last messages, in memory and in files. They are numbered from 1 for as long as the files live: a number belongs to
 * one message, before a restart and after it. So it can be what a reader remembers: the place up to which it has
 * everything.
 */
export class EventLog implements HubLog, Disposable {
  readonly #options: LogOptions;
  readonly #recent: Recent;
  readonly #lock: Disposable;
  readonly #segments: Segments;

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
    this.#recent = new Recent(options, (rows[0]?.number ?? this.#segments.next) - 1);
    for (const row of rows) this.#take(row);
    undo.move();
  }

  get id(): string {
    return this.#segments.log;
  }

  get first(): number {
    return this.#recent.first;
  }

  get last(): number {
    return this.#recent.last;
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
    const frame = Buffer.from(messageFrame(placeId(this, number), topic, at, payload));
    const entry = { number, topic, frame };
    this.#recent.take(entry);
    return entry;
  }

  after(place: number, most: number): Reading {
    return this.#recent.after(place, most);
  }

  /** What it has it has: nobody else writes it. */
  async reach(): Promise<void> {}

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
