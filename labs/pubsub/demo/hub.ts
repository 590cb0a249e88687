import type { ServerResponse } from "node:http";
import type { Lab, Receipt, WhenFull } from "../contract.ts";
import type { EventLog } from "./event-log.ts";
import { EventStream } from "./event-stream.ts";
import { placeId, startAt } from "./places.ts";
import type { Entry, HubLog } from "./recent.ts";
import type { Publication, Wish } from "./requests.ts";
import { Routing } from "./routing.ts";
import type { Posted } from "./server.ts";

export interface HubOptions<Log extends HubLog = EventLog> {
  /** The answer. */
  readonly lab: Pick<Lab, "createBroker" | "matches">;
  readonly log: Log;
  /** Of each listener. */
  readonly bufferLimit: number;
  readonly whenFull: WhenFull;
}

export type Published = Receipt & Posted;

export interface HubFigures {
  readonly published: number;
  /** What the receipts say, all together: messages put into buffers, and messages lost. */
  readonly delivered: number;
  readonly dropped: number;
  /** What the subscriptions say that they have missed, those included that have ended. The same as `dropped`, or somebody counts wrongly. */
  readonly missed: number;
  readonly written: number;
  readonly streams: readonly StreamFigures[];
}

export interface StreamFigures {
  readonly name: string | undefined;
  readonly patterns: readonly string[];
  readonly written: number;
  readonly behind: number;
  readonly missed: number;
}

/** Passes on what is published to those who listen, and writes it down before if the log is its own. */
export class Hub<Log extends HubLog = EventLog> {
  readonly log: Log;
  readonly #options: HubOptions<Log>;
  readonly #routing: Routing;
  readonly #streams = new Set<EventStream>();
  readonly #sums = { published: 0, delivered: 0, dropped: 0 };
  /** Of the streams that have ended. */
  readonly #past = { missed: 0, written: 0 };

  constructor(options: HubOptions<Log>) {
    this.log = options.log;
    this.#options = options;
    this.#routing = new Routing(options.lab);
  }

  /**
   * Writes it down first: an event that somebody was given must have its number after a restart, too.
   *
   * @throws The system's error if it cannot be written down; then nobody gets it.
   */
  publish(this: Hub<EventLog>, { topic, payload }: Publication): Published {
    const entry = this.log.append(topic, payload);
    return { id: placeId(this.log, entry.number), ...this.pass(entry) };
  }

  /** Gives those who listen what is in the log now, and was not a moment ago. */
  pass(entry: Entry): Receipt {
    this.#sums.published += 1;
    const { delivered, dropped } = this.#routing.publish(entry);
    this.#sums.delivered += delivered;
    this.#sums.dropped += dropped;
    return { delivered, dropped };
  }

  /**
   * Streams to one listener until it leaves, is disconnected, or the hub ends.
   *
   * @throws {Problem} If its cursor is none; then nothing has been answered yet.
   */
  async stream(response: ServerResponse, wish: Wish): Promise<void> {
    const { lab: _, log, ...subscribing } = this.#options;
    const start = await startAt(log, wish.after);
    if (response.destroyed) return; // It has left meanwhile.
    const stream = new EventStream(response, {
      log,
      wish,
      wants: (entry) => this.#routing.wants(wish.patterns, entry),
      subscribe: (signal) => this.#routing.subscribe(wish.patterns, { ...subscribing, signal }),
    });
    this.#streams.add(stream);
    try {
      await stream.run(start);
    } finally {
      this.#streams.delete(stream);
      this.#past.missed += stream.missed;
      this.#past.written += stream.written;
    }
  }

  /** A sign of life to all who listen. Call it from a timer. */
  beat(): void {
    for (const stream of this.#streams) stream.beat();
  }

  /** Ends all streams: their listeners may come back, to this hub or to the next. */
  end(why = "the hub ends; come back later"): void {
    for (const stream of this.#streams) stream.end(why);
  }

  figures(): HubFigures {
    const streams = [...this.#streams].map(({ wish: { name, patterns }, written, behind, missed }) => ({
      name,
      patterns,
      written,
      behind,
      missed,
    }));
    const sum = (key: "missed" | "written") =>
      streams.reduce((total, stream) => total + stream[key], this.#past[key]);
    return { ...this.#sums, missed: sum("missed"), written: sum("written"), streams };
  }
}
