import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, on, once } from "node:events";
import { fileURLToPath } from "node:url";
import { DemoError } from "@pattern-labs/demo";
import { type LoadFigures, type News, newsSchema, type Order } from "./messages.ts";
import type { LoadOptions } from "./options.ts";

/** The listeners and the publisher, in a process of their own: they do not slow down because the hub is busy. */
export class LoadProcess implements AsyncDisposable {
  figures: LoadFigures | undefined;
  readonly #child: ChildProcess;
  readonly #news = new EventEmitter<{ [K in News["news"]]: [] } & { error: [Error] }>();
  readonly #lost = new AbortController();

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message) => {
      const news = newsSchema.parse(message);
      if ("figures" in news) this.figures = news.figures;
      this.#news.emit(news.news);
    });
    child.once("exit", (code, signal) => {
      const error = new DemoError(`the load generator has ended (${signal ?? `status ${code}`})`);
      this.#lost.abort(error);
      if (this.#news.listenerCount("error") > 0) this.#news.emit("error", error);
    });
  }

  static async start(options: LoadOptions): Promise<LoadProcess> {
    const script = fileURLToPath(new URL("./load-main.ts", import.meta.url));
    const child = fork(script, [JSON.stringify(options)], { execArgv: [] });
    const load = new LoadProcess(child);
    await once(load.#news, "ready");
    return load;
  }

  /** Aborts with a DemoError when it has ended by itself: nobody listens and publishes any more. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Everybody begins to listen, and then somebody to publish. */
  begin(url: URL): void {
    this.#tell({ order: "begin", url: url.href });
  }

  /** Resolves when so many messages have their answer. Rejects if `signal` aborts before, or the process ends. */
  async published(messages: number, signal: AbortSignal): Promise<void> {
    for await (const _ of on(this.#news, "figures", { signal })) {
      const { posted = 0, failed = 0 } = this.figures ?? {};
      if (posted + failed >= messages) return;
    }
  }

  /**
   * Nobody publishes any more, the sleepers wake up, and everybody reads to the end. Resolves to false if they have not
   * come that far, and for `patienceMs` nobody has come any further.
   *
   * @throws {DemoError} If the process ends before, or has ended.
   */
  async finish(patienceMs: number): Promise<boolean> {
    this.lost.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const patience = setTimeout(() => resolve(false), patienceMs);
    let last = "";
    const look = () => {
      const now = JSON.stringify(this.figures);
      if (now !== last) patience.refresh();
      last = now;
    };
    this.#news
      .on("figures", look)
      .once("finished", () => resolve(true))
      .once("error", reject);
    try {
      this.#tell({ order: "finish" });
      return await promise;
    } finally {
      clearTimeout(patience);
      this.#news.off("figures", look).off("error", reject);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    else this.#child.kill();
    await exited;
  }

  #tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order);
  }
}
