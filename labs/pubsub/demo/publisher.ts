import { Agent, request } from "node:http";
import { numberOf } from "./listener.ts";
import type { LoadOptions } from "./options.ts";

const TICK_MS = 5;
/** So many may be under way. Where the hub is slower than the rate, the rest is not sent. */
const CONNECTIONS = 16;
const MARKETS = ["eu", "us", "asia"];
const INSTRUMENTS = ["gold", "silver", "copper", "wheat", "oil"];

export interface PublisherOptions extends Pick<LoadOptions, "rate" | "messages" | "payloadBytes"> {
  /** Of its topics. */
  readonly prefix: string;
}

/** Posts prices at a steady rate, or as nearly so as the hub can take them. */
export class Publisher {
  posted = 0;
  failed = 0;
  /** The id of the last event that came of it. */
  last = "";
  readonly #url: URL;
  readonly #options: PublisherOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #book: string;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #idle: (() => void)[] = [];
  #due = 0;
  #sent = 0;
  #underWay = 0;
  #endedAt: number | undefined;

  constructor(url: URL, options: PublisherOptions) {
    this.#url = url;
    this.#options = options;
    this.#book = "x".repeat(options.payloadBytes);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get seconds(): number {
    return ((this.#endedAt ?? performance.now()) - this.#began) / 1_000;
  }

  /** Resolves when everything that was sent has its answer. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#endedAt = performance.now();
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#agent.destroy();
  }

  #tick(): void {
    const { rate, messages = Infinity } = this.#options;
    const due = Math.floor(this.seconds * rate);
    while (this.#due < due && this.#underWay < CONNECTIONS && this.#sent < messages) {
      this.#due += 1;
      this.#post();
    }
    this.#due = due; // What could not be sent now is not made up for later.
  }

  #post(): void {
    this.#sent += 1;
    this.#underWay += 1;
    const market = MARKETS[this.#sent % MARKETS.length];
    const instrument = INSTRUMENTS[this.#sent % INSTRUMENTS.length];
    const payload = { ask: 2_000 + (this.#sent % 700), book: this.#book };
    const posting = request(this.#url, { method: "POST", agent: this.#agent });
    posting.once("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        body += piece;
      });
      response.once("end", () => this.#take(response.statusCode === 200, body));
    });
    posting.once("error", () => this.#take(false, ""));
    posting.end(JSON.stringify({ topic: `${this.#options.prefix}.${market}.${instrument}`, payload }));
  }

  #take(isTaken: boolean, body: string): void {
    this.#underWay -= 1;
    if (isTaken) this.posted += 1;
    else this.failed += 1;
    const id: string = isTaken ? JSON.parse(body).id : "";
    if (numberOf(id) > numberOf(this.last)) this.last = id;
    if (this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
