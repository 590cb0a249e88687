import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { type SentEvent, SseParser } from "./sse-parser.ts";

export interface ListenerOptions {
  /** Of the stream, with its patterns. */
  readonly url: URL;
  /** An event to go on from. Default: from now on. */
  readonly after?: string | undefined;
  /** How long it waits before it comes back. Default 100. */
  readonly retryMs?: number | undefined;
  /** It does not read what its socket is sent, until it is woken. */
  readonly asleep?: boolean | undefined;
  readonly onEvent?: ((event: SentEvent) => void) | undefined;
}

/** What an EventSource does, and what no EventSource can do: sleep. */
export class Listener implements Disposable {
  /** Messages that it was given. */
  received = 0;
  /** Messages that it was told it has missed: dropped for it, or no longer in the log. */
  missed = 0;
  gone = 0;
  /** Messages that it had already, or that came after later ones. */
  twice = 0;
  /** How often it was connected. */
  connections = 0;
  /** The last event, as Last-Event-ID. */
  place: string;
  readonly #options: ListenerOptions;
  #isAsleep: boolean;
  #isOver = false;
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.place = options.after ?? "";
    this.#isAsleep = options.asleep ?? false;
    this.#connect();
  }

  /** The number of the last event. */
  get number(): number {
    return numberOf(this.place);
  }

  wake(): void {
    this.#isAsleep = false;
    this.#response?.resume();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#request?.destroy();
  }

  #connect(): void {
    const headers = this.place === "" ? {} : { "Last-Event-ID": this.place };
    const request = get(this.#options.url, { headers, agent: false });
    this.#request = request;
    request.once("response", (response) => this.#read(response));
    request.once("close", () => this.#comeBack());
    request.on("error", () => {}); // It closes, too.
  }

  #read(response: IncomingMessage): void {
    if (response.statusCode !== 200) return void response.resume();
    this.connections += 1;
    this.#response = response;
    const parser = new SseParser();
    response.setEncoding("utf8").on("data", (piece: string) => {
      for (const event of parser.read(piece)) this.#take(event);
    });
    response.on("error", () => {});
  }

  #comeBack(): void {
    if (this.#isOver) return;
    this.#timer = setTimeout(() => this.#connect(), this.#options.retryMs ?? 100);
  }

  #take(event: SentEvent): void {
    const { id, data } = event;
    if (event.event === "message" && data !== undefined) {
      this.received += 1;
      if (isSameLog(id, this.place) && numberOf(id) <= this.number) this.twice += 1;
    }
    if (event.event === "missed") this.missed += JSON.parse(data ?? "").missed;
    if (event.event === "gap") this.gone += JSON.parse(data ?? "").missed ?? 0;
    this.place = id;
    this.#options.onEvent?.(event);
    // It is connected, and knows from where on: now it may go to sleep.
    if (this.#isAsleep && id !== "") this.#response?.pause();
  }
}

export const numberOf = (id: string) => Number(id.split("-")[1] ?? 0);

const isSameLog = (one: string, other: string) => one.split("-")[0] === other.split("-")[0];
