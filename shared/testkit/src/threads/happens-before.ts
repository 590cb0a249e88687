import type { Place } from "./instrument.ts";

/** One access to shared memory, as a report of a race shows it. */
export interface Access extends Place {
  readonly thread: number;
  readonly writes: boolean;
  readonly atomic: boolean;
  readonly site: number;
  /** How it reads in a timeline: "writes data[0] ← 1". */
  readonly label: string;
}

export interface Race {
  readonly first: Access;
  readonly second: Access;
}

/** How far each thread had come, as far as somebody knows. */
type VectorClock = number[];

interface Timed {
  readonly access: Access;
  /** How far its own thread had come then. */
  readonly at: number;
}

/** What is known of one byte. */
interface Cell {
  /**
   * The accesses that a later one may clash with. A plain write makes all before it superfluous: what is not ordered
   * after those is not ordered after it. An atomic write does so only for atomic ones, as it clashes with less.
   */
  readonly plain: Recent;
  readonly atomic: Recent;
  /** What who reads it atomically learns: the clock of the atomic write that left the value. */
  released: { readonly clock: VectorClock; readonly from: Place } | undefined;
}

interface Recent {
  write: Timed | undefined;
  /** The last read of each thread since then. */
  readonly reads: Map<number, Timed>;
}

/**
 * Finds data races: two accesses to the same bytes, one of them a write and not both atomic, with nothing that orders
 * them. It judges by what orders them, not by how they came to happen, so one run finds a race that goes well in it.
 *
 * The rules are those of the language: an atomic read that sees the value of an atomic write comes after it, and so
 * does a waiter after whoever woke it ([ECMA-262, Memory Model](https://tc39.es/ecma262/#sec-memory-model)).
 * Vector clocks are Lamport's logical clocks, one for each thread: Fidge and Mattern, 1988.
 */
export class HappensBefore {
  race: Race | undefined;
  readonly #clocks: VectorClock[];
  readonly #cells = new Map<string, Cell>();
  /** Entering and leaving the line of waiters at a place is ordered, as by a lock. */
  readonly #lines = new Map<string, VectorClock>();

  constructor(threads: number) {
    this.#clocks = Array.from({ length: threads }, (_, me) =>
      Array.from({ length: threads }, (_, other) => (me === other ? 1 : 0)),
    );
  }

  /** A plain read or write. */
  plain(access: Access): void {
    for (const cell of this.#cellsOf(access)) {
      this.#judge(cell, access);
      this.#remember(cell, access);
    }
  }

  /** An atomic operation, which also orders: reading, it comes after the atomic write whose value it sees. */
  atomic(access: Access, { reads }: { readonly reads: boolean }): void {
    const cells = this.#cellsOf(access);
    for (const { released } of reads ? cells : []) {
      // Only a write of the very same bytes: one that covers others orders nothing.
      if (released && covers(released.from, access)) this.#learn(access.thread, released.clock);
    }
    this.plain(access);
    if (!access.writes) return;
    const clock = [...this.#clockOf(access.thread)];
    for (const cell of cells) cell.released = { clock, from: access };
    this.#tick(access.thread);
  }

  /** Enters and leaves the line of waiters at `place`: at the start of a wait, at a wake-up, at a notify. */
  passLine(thread: number, { region, offset }: Place): void {
    const line = `${region}:${offset}`;
    this.#learn(thread, this.#lines.get(line) ?? []);
    this.#lines.set(line, [...this.#clockOf(thread)]);
    this.#tick(thread);
  }

  #judge({ plain, atomic }: Cell, access: Access): void {
    for (const { write, reads } of [plain, atomic]) {
      for (const rival of access.writes ? [write, ...reads.values()] : [write]) {
        if (rival === undefined || this.#isOrdered(rival, access)) continue;
        const bothAtomic = rival.access.atomic && access.atomic && covers(rival.access, access);
        if (!bothAtomic) this.race ??= { first: rival.access, second: access };
      }
    }
  }

  #isOrdered({ access: { thread }, at }: Timed, { thread: me }: Access): boolean {
    return thread === me || at <= (this.#clockOf(me)[thread] ?? 0);
  }

  #remember(cell: Cell, access: Access): void {
    const timed = { access, at: this.#clockOf(access.thread)[access.thread] ?? 0 };
    const recent = access.atomic ? cell.atomic : cell.plain;
    if (!access.writes) {
      recent.reads.set(access.thread, timed);
      return;
    }
    for (const outdated of access.atomic ? [cell.atomic] : [cell.plain, cell.atomic]) {
      outdated.write = undefined;
      outdated.reads.clear();
    }
    recent.write = timed;
  }

  #learn(thread: number, from: VectorClock): void {
    const clock = this.#clockOf(thread);
    for (const [other, at] of from.entries()) clock[other] = Math.max(clock[other] ?? 0, at);
  }

  #tick(thread: number): void {
    const clock = this.#clockOf(thread);
    clock[thread] = (clock[thread] ?? 0) + 1;
  }

  #clockOf(thread: number): VectorClock {
    return this.#clocks[thread] ?? [];
  }

  #cellsOf({ region, offset, size }: Place): Cell[] {
    return Array.from({ length: size }, (_, i) => this.#cellAt(`${region}:${offset + i}`));
  }

  #cellAt(key: string): Cell {
    const found = this.#cells.get(key);
    if (found !== undefined) return found;
    const added: Cell = { plain: recent(), atomic: recent(), released: undefined };
    this.#cells.set(key, added);
    return added;
  }
}

const recent = (): Recent => ({ write: undefined, reads: new Map() });

const covers = (one: Place, other: Place) => one.offset === other.offset && one.size === other.size;
