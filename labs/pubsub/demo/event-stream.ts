import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Subscription } from "../contract.ts";
import { commentFrame, gapFrame, HEARTBEAT, missedFrame, OPENING, placeFrame } from "./frames.ts";
import { placeId, type Start } from "./places.ts";
import type { Entry, HubLog } from "./recent.ts";
import type { Wish } from "./requests.ts";

export interface StreamOptions {
  readonly log: HubLog;
  readonly wish: Wish;
  readonly wants: (entry: Entry) => boolean;
  readonly subscribe: (signal: AbortSignal) => Subscription;
}

/** Of the answer that is a stream of events. */
export const STREAM_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Accel-Buffering": "no",
};

/** So many are read from the log at a time. */
const BATCH = 256;

/**
 * One listener: first what the log has for it, then what is published. It is only ever as quick as its socket: what it
 * has not read lies in the log, or in the buffer of its subscription, and both are bounded.
 */
export class EventStream {
  readonly wish: Wish;
  /** Messages that were written to the socket. */
  written = 0;
  readonly #log: HubLog;
  readonly #options: StreamOptions;
  readonly #response: ServerResponse;
  readonly #stop = new AbortController();
  #subscription: Subscription | undefined;
  /** The number up to which it has been given, or told that it missed, everything. */
  #place = 0;
  /** Of what the subscription has missed, as much as its messages say, and as much as was told. */
  #missed = 0;
  #told = 0;
  #isIdle = false;

  constructor(response: ServerResponse, options: StreamOptions) {
    this.wish = options.wish;
    this.#log = options.log;
    this.#options = options;
    this.#response = response;
    response.once("close", () => this.end("the client has left"));
    response.on("error", () => {}); // It closes, too.
  }

  /** Messages that were dropped, told or not yet told. */
  get missed(): number {
    return this.#subscription?.missed ?? 0;
  }

  /** How far it is behind, whatever the topic. */
  get behind(): number {
    return this.#isIdle ? 0 : this.#log.last - this.#place;
  }

  /** Ends it soon, whatever it is doing. */
  end(why: string): void {
    this.#stop.abort(new Error(why));
  }

  /** Resolves when it has ended, and the answer with it. @throws What the subscription fails with. */
  async run(start: Start): Promise<void> {
    const { signal } = this.#stop;
    this.#response.writeHead(200, STREAM_HEADERS);
    this.#response.write(OPENING);
    try {
      using subscription = await this.#catchUp(start);
      await this.#follow(subscription);
    } catch (error) {
      if (!signal.aborted && !isTooSlow(error)) throw error;
      this.#response.write(commentFrame((signal.aborted ? signal.reason : error).message));
    } finally {
      this.#isIdle = false;
      this.#response.end();
    }
  }

  /** Gives what is in the log, and subscribes the moment that there is no more. */
  async #catchUp({ after, isStranger }: Start): Promise<Subscription> {
    const { wants, subscribe, wish } = this.#options;
    this.#place = after;
    if (isStranger) await this.#write(gapFrame(this.#id, { missed: null, exact: false }));
    for (;;) {
      const { missed, entries } = this.#log.after(this.#place, BATCH);
      // From this look at the log to the subscription nothing is awaited: whatever is published then is in the log,
      // or will be in the buffer, and in one of them only.
      if (missed === 0 && entries.length === 0) {
        this.#subscription = subscribe(this.#stop.signal);
        this.#response.write(placeFrame(this.#id));
        return this.#subscription;
      }
      if (missed > 0) {
        this.#place += missed;
        await this.#write(gapFrame(this.#id, { missed, exact: wish.patterns.includes(">") }));
      }
      for (const entry of entries) {
        this.#place = entry.number;
        if (wants(entry)) await this.#writeEntry(entry);
      }
    }
  }

  async #follow(subscription: Subscription): Promise<void> {
    this.#isIdle = true;
    for await (const { payload, missed } of subscription) {
      this.#isIdle = false;
      const entry = payload as Entry;
      this.#missed += missed;
      this.#place = entry.number - 1;
      if (this.#missed > this.#told) await this.#write(this.#tell(this.#missed));
      this.#place = entry.number;
      await this.#writeEntry(entry);
      this.#isIdle = true;
    }
  }

  /**
   * Shows that an idle stream is alive, and moves its listener on: to whom nothing came for an hour, for that hour nothing
   * has to be looked up when it comes back. Call it from a timer: who is idle then has been given all there is.
   */
  beat(): void {
    if (!this.#isIdle) return;
    this.#response.write(HEARTBEAT);
    this.#place = this.#log.last;
    // What was dropped last is told with the next message. If none comes, it is told here.
    this.#response.write(this.missed > this.#told ? this.#tell(this.missed) : placeFrame(this.#id));
  }

  /** The gap: what was missed in all, without what was told before. */
  #tell(missed: number): string {
    const frame = missedFrame(this.#id, missed - this.#told);
    this.#told = missed;
    return frame;
  }

  get #id(): string {
    return placeId(this.#log, this.#place);
  }

  #writeEntry({ frame }: Entry): Promise<void> | undefined {
    this.written += 1;
    return this.#write(frame);
  }

  /** The stream goes on when the socket has taken it: until then the subscription, or the log, keeps the rest. */
  #write(frame: string | Buffer): Promise<void> | undefined {
    if (this.#response.write(frame)) return undefined;
    return this.#drained();
  }

  async #drained(): Promise<void> {
    await once(this.#response, "drain", { signal: this.#stop.signal });
  }
}

/** It may come back, and is brought up to date from the log. */
const isTooSlow = (error: unknown) => error instanceof Error && error.name === "SlowSubscriberError";
