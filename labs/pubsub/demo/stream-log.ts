import { createHash } from "node:crypto";
import { show } from "@pattern-labs/demo/service";
import { RefusedError } from "../engines/errors.ts";
import { JetStreamBroker } from "../engines/jetstream.ts";
import type { Kept } from "../engines/stream.ts";
import { HistoryGoneError } from "../solution/challenges/errors.ts";
import { messageFrame } from "./frames.ts";
import { placeId } from "./places.ts";
import { Problem } from "./problem.ts";
import { type Entry, type HubLog, type Reading, Recent, type Room } from "./recent.ts";
import type { Publication } from "./requests.ts";
import type { Posted } from "./server.ts";

export interface StreamLogOptions extends Room {
  readonly url: string;
  /** The server is away, or back, or has something that cannot be read. */
  readonly onNews: (error: Error | "back") => void;
  /** How long a request waits for the server. Default 5,000. */
  readonly patienceMs?: number | undefined;
}

const STREAM = "pubsub-hub";

/**
 * The log that several hubs share: a stream of JetStream. Its numbers are the same in all of them, so whoever leaves one
 * hub goes on at another. In memory are the last messages, as in the hub's own log; the disk is the server's.
 */
export class StreamLog implements HubLog, AsyncDisposable {
  readonly id: string;
  readonly #broker: JetStreamBroker;
  readonly #recent: Recent;
  readonly #patienceMs: number;
  /** What was there when it was opened. */
  readonly #begin: number;
  readonly #waiting = new Set<() => void>();

  /** @throws {Error} If there is no such server, or its stream keeps another number of messages. */
  static async open(options: StreamLogOptions): Promise<StreamLog> {
    const { url, keep, onNews } = options;
    const broker = await JetStreamBroker.open({
      ...{ url, name: STREAM, history: keep, attemptMs: 1_000 },
      onError: onNews,
      onReconnect: () => onNews("back"),
    });
    return new StreamLog(broker, await broker.kept(), options);
  }

  private constructor(broker: JetStreamBroker, { first, last, created }: Kept, options: StreamLogOptions) {
    this.id = createHash("sha256").update(created).digest("hex").slice(0, 8);
    this.#broker = broker;
    this.#recent = new Recent(options, Math.max(0, first - 1, last - options.keep));
    this.#patienceMs = options.patienceMs ?? 5_000;
    this.#begin = last;
  }

  get first(): number {
    return this.#recent.first;
  }

  get last(): number {
    return this.#recent.last;
  }

  after(place: number, most: number): Reading {
    return this.#recent.after(place, most);
  }

  /**
   * Resolves when the server has written it down; by then its listeners may have it.
   *
   * @throws {Problem} 503 if the server does not answer, 403 or 413 if it does not take it.
   */
  async publish({ topic, payload }: Publication): Promise<Posted> {
    const patience = AbortSignal.timeout(this.#patienceMs);
    try {
      const number = await this.#broker.publish(topic, JSON.parse(payload), patience);
      return { id: placeId(this, number) };
    } catch (error) {
      throw this.#problem(error, topic, patience);
    }
  }

  #problem(error: unknown, topic: string, patience: AbortSignal): unknown {
    if (patience.aborted) {
      const rule = `must answer within ${this.#patienceMs} ms; the message may be stored, or not`;
      return new Problem(503, [{ field: "NATS server", rule }], { "Retry-After": "1" });
    }
    if (error instanceof RefusedError) {
      const rule = "must be one that the NATS server lets this hub publish to";
      return new Problem(403, [{ field: "topic", rule, got: show(topic) }]);
    }
    if (error instanceof RangeError) {
      const rule = `must be shorter: ${error.message.replace("Cannot publish: ", "")}`;
      return new Problem(413, [{ field: "payload", rule }]);
    }
    return error;
  }

  /**
   * Brings what any hub publishes into this log, and gives it to `pass`; `lost` is called where messages in between fell
   * out of the stream before this hub came to them. Resolves when `signal` aborts.
   *
   * @throws {Error} If the server will never answer again.
   */
  async follow(
    signal: AbortSignal,
    { pass, lost }: { readonly pass: (entry: Entry) => void; readonly lost: () => void },
  ): Promise<void> {
    let next = this.last + 1;
    while (!signal.aborted) {
      try {
        for await (const message of this.#broker.replay(">", { from: { sequence: next }, signal })) {
          const { sequence: number, topic, timestamp, payload } = message;
          if (number > this.last + 1) lost();
          const json = JSON.stringify(payload) ?? "null"; // Others may have published it.
          const frame = messageFrame(placeId(this, number), topic, timestamp, json);
          const entry = { number, topic, frame: Buffer.from(frame) };
          this.#recent.take(entry);
          next = number + 1;
          pass(entry);
          for (const look of this.#waiting) look();
        }
      } catch (error) {
        if (error instanceof HistoryGoneError) next = error.oldest;
        else if (!signal.aborted) throw error;
      }
    }
  }

  /** Resolves when all that was there when it was opened is in memory, or after a while: `follow` must be under way. */
  async ready(): Promise<void> {
    await this.reach(this.#begin).catch(() => {}); // The last one may be none that can be read.
  }

  /**
   * Another hub may be ahead of this one for a moment: waits until it is there, too, unless the stream itself ends before.
   *
   * @throws {Problem} 503 if that takes too long.
   */
  async reach(number: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const rule = `must have come to event ${placeId(this, number)}, and is behind its NATS server`;
    const behind = new Problem(503, [{ field: "hub", rule }], { "Retry-After": "1" });
    const limit = setTimeout(() => reject(behind), this.#patienceMs);
    const look = () => (this.last >= number ? resolve() : undefined);
    this.#waiting.add(look);
    look();
    this.#broker.kept().then(
      ({ last }) => (last < number ? resolve() : undefined),
      () => {}, // Then it is the limit that decides.
    );
    await promise.finally(() => {
      this.#waiting.delete(look);
      clearTimeout(limit);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker[Symbol.asyncDispose]();
  }
}
