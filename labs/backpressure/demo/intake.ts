import type { Counts, EventBuffer } from "../contract.ts";
import type { IngestEvent } from "../given/event.ts";
import type { Write } from "../given/sink.ts";
import type { Receipt } from "./receipt.ts";

/** An event in the buffer, and the request that is to hear of it. */
export interface Entry {
  readonly event: IngestEvent;
  /** When it was made, on the clock of `wallNow`. */
  readonly at: number;
  readonly receipt: Receipt;
}

/** Milliseconds since 1970, like `Date.now()`, but fine enough to measure with. Both processes go by it. */
export const wallNow = (): number => performance.timeOrigin + performance.now();

export interface IntakeOptions {
  /** Makes the buffer; whatever it drops it reports to `onDrop`. */
  readonly open: (onDrop: (entry: Entry) => void) => EventBuffer<Entry>;
  /** Each takes one event after the other from the buffer, as soon as it is free. */
  readonly connections: readonly Write[];
  readonly onWritten: (entry: Entry) => void;
  /** A fault of the buffer where no request waits for an answer. */
  readonly onFault: (error: unknown) => void;
}

/**
 * What lies between the requests and the store: the buffer of the answer, and the loops that empty it.
 *
 * It counts what it hands to the buffer and what it gets back, so the buffer's own counts can be held against that.
 */
export class Intake {
  readonly #buffer: EventBuffer<Entry>;
  readonly #tally = { offered: 0, delivered: 0, dropped: 0, refused: 0, cancelled: 0, waiting: 0 };
  readonly #loops: Promise<unknown>;
  #isLeft = false;

  constructor({ open, connections, onWritten, onFault }: IntakeOptions) {
    this.#buffer = open((entry) => {
      this.#tally.dropped += 1;
      entry.receipt.drop();
    });
    const loops = connections.map((write) => this.#empty(write, onWritten));
    this.#loops = Promise.all(loops).catch(onFault);
  }

  /**
   * Offers an event; resolves when the buffer has taken it, or has refused it: then its line stands in the receipt.
   *
   * @throws The signal's reason; whatever else the buffer throws.
   */
  async offer(entry: Entry, line: number, signal: AbortSignal): Promise<void> {
    const tally = this.#tally;
    tally.offered += 1;
    tally.waiting += 1;
    entry.receipt.accept(); // Before it is: whatever is dropped at once is dropped within this call.
    try {
      await this.#buffer.offer(entry, { signal });
    } catch (error) {
      entry.receipt.withdraw();
      if (signal.aborted && error === signal.reason) {
        tally.cancelled += 1;
        throw error;
      }
      if (!isRefusal(error)) throw error;
      tally.refused += 1;
      entry.receipt.refuse(line);
    } finally {
      tally.waiting -= 1;
    }
  }

  /** What has become of every event, as seen from outside of the buffer. */
  counts(): Counts {
    const { offered, delivered, dropped, refused, cancelled, waiting } = this.#tally;
    const buffered = offered - delivered - dropped - refused - cancelled - waiting;
    return { offered, delivered, dropped, refused, cancelled, buffered, waiting };
  }

  /** What the buffer says itself, if it says anything yet. */
  ownCounts(): Counts | undefined {
    try {
      return this.#buffer.counts();
    } catch {
      return undefined;
    }
  }

  /** Takes nothing more, and waits until all that is buffered has been written. */
  async drain(): Promise<void> {
    this.#buffer.close();
    await this.#loops;
  }

  /** From now on nothing more is taken from the buffer; `drain` then waits only for what is just being written. */
  leaveTheRest(): void {
    this.#isLeft = true;
  }

  async #empty(write: Write, onWritten: (entry: Entry) => void): Promise<void> {
    for await (const entry of this.#buffer) {
      this.#tally.delivered += 1;
      await write(entry.event);
      entry.receipt.settle();
      onWritten(entry);
      if (this.#isLeft) return;
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^Buffer(Full|Closed)Error$/.test(error.name);
}
