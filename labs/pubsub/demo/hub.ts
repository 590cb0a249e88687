import type { ServerResponse } from "node:http";
import type { Broker, Lab, Receipt, WhenFull } from "../contract.ts";
import type { EventLog } from "./event-log.ts";
import { EventStream } from "./event-stream.ts";
import { placeId, startAt } from "./places.ts";
import type { Publication, Wish } from "./requests.ts";
import { Routing } from "./routing.ts";

export interface HubOptions {
  /** The answer. */
  readonly lab: Pick<Lab, "createBroker" | "matches">;
  readonly log: EventLog;
  /** Of each listener. */
  readonly bufferLimit: number;
  readonly whenFull: WhenFull;
}

export interface Published extends Receipt {
  /** Of the event: its place in the log. */
  readonly id: string;
}

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

/** Writes down what is published, and passes it on to those who listen. */
export class Hub {
  readonly log: EventLog;
  readonly #options: HubOptions;
  readonly #routing: Routing;
  readonly #streams = new Set<EventStream>();
  readonly #sums = { published: 0, delivered: 0, dropped: 0 };
  /** Of the streams that have ended. */
  readonly #past = { missed: 0, written: 0 };

  constructor(options: HubOptions) {
    this.log = options.log;
    this.#options = options;
    this.#routing = new Routing(options.lab);
  }

  /**
   * Writes it down first: an event that somebody was given must have its number after a restart, too.
   *
   * @throws The system's error if it cannot be written down; then nobody gets it.
   */
  publish({ topic, payload }: Publication): Published {
    const entry = this.log.append(topic, payload);
    this.#sums.published += 1;
    const { delivered, dropped } = this.#routing.publish(entry);
    this.#sums.delivered += delivered;
    this.#sums.dropped += dropped;
    return { id: placeId(this.log, entry.number), delivered, dropped };
  }

  /**
   * Passes on all that another broker is given, until `signal` aborts: one that several hubs share, each with a log and
   * listeners of its own. What this hub was too slow for is added to `lost`.
   */
  async follow(
    shared: Broker,
    { signal, lost }: { signal: AbortSignal; lost: (messages: number) => void },
  ): Promise<void> {
    try {
      for await (const { topic, payload, missed } of shared.subscribe(">", { signal })) {
        if (missed > 0) lost(missed);
        this.publish({ topic, payload: JSON.stringify(payload) ?? "null" });
      }
    } catch (error) {
      if (error !== signal.reason) throw error;
    }
  }

  /**
   * Streams to one listener until it leaves, is disconnected, or the hub ends.
   *
   * @throws {Problem} If its cursor is none; then nothing has been answered yet.
   */
  async stream(response: ServerResponse, wish: Wish): Promise<void> {
    const { lab: _, log, ...subscribing } = this.#options;
    const start = startAt(log, wish.after);
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
  end(): void {
    for (const stream of this.#streams) stream.end("the hub ends; come back later");
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
