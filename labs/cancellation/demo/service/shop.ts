import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A twentieth of all calls fall into the long tail. */
const SLOW = 0.05;
const SLOW_MS = 2_500;

/** A shop that knows the rate, and takes a while to say so. When nobody waits for it any more, it stops looking. */
export class Shop {
  /** Calls that it is working on. */
  busy = 0;
  /** Calls that were hung up on it before it had answered. */
  abandoned = 0;
  readonly #server = createServer((_, response) => {
    this.busy += 1;
    const timer = setTimeout(() => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ rate: 1.05 + this.#random() / 10 }));
    }, this.#latencyMs());
    response.once("close", () => {
      this.busy -= 1;
      if (!response.writableFinished) this.abandoned += 1;
      clearTimeout(timer);
    });
  });
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  async listen(): Promise<URL> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  #latencyMs(): number {
    return this.#random() < SLOW ? SLOW_MS : 20 + 60 * this.#random();
  }
}
