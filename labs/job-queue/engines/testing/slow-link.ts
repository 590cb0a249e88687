import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A link to a server, in the hands of the test: what the server answers can be held back. */
export class SlowLink implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #mayPass: Promise<unknown> = Promise.resolve();
  #release: () => void = () => {};
  #delay: () => Promise<unknown> = async () => {};

  /** To the server at `url`. Whoever opens it disposes it. */
  static async to(url: string): Promise<SlowLink> {
    const link = new SlowLink(new URL(url));
    link.#server.listen(0, "127.0.0.1");
    await once(link.#server, "listening");
    return link;
  }

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  /** The address of the server, by way of this link. */
  get url(): string {
    const url = new URL(this.#target);
    url.port = `${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** From now on the server hears everything, and nothing that it says arrives. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#mayPass = promise;
    this.#release = resolve;
  }

  /** What was held arrives, in its order, and whatever comes then at once. */
  release(): void {
    this.#release();
    this.#mayPass = Promise.resolve();
  }

  /** From now on each answer arrives once this has resolved. */
  delay(delay: () => Promise<unknown>): void {
    this.#delay = delay;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(near: Socket): void {
    const far = connect(Number(this.#target.port), this.#target.hostname);
    let before: Promise<unknown> = Promise.resolve();
    far.on("data", (answer) => {
      const mayPass = Promise.all([before, this.#mayPass, this.#delay()]);
      before = mayPass.then(() => near.write(answer));
    });
    near.pipe(far);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => {}); // It closes then.
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
