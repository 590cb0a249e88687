import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { type LoadFigures, type News, newsSchema, type Order } from "./messages.ts";
import type { LoadOptions } from "./options.ts";

/** The listeners and the publisher, in a process of their own: they do not slow down because the hub is busy. */
export class LoadProcess implements AsyncDisposable {
  figures: LoadFigures | undefined;
  readonly #child: ChildProcess;
  readonly #news = new EventEmitter<{ [K in News["news"]]: [] } & { error: [Error] }>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message) => {
      const news = newsSchema.parse(message);
      if ("figures" in news) this.figures = news.figures;
      this.#news.emit(news.news);
    });
    child.once("exit", (code, signal) => {
      const error = new Error(`The load generator has ended (${signal ?? `status ${code}`})`);
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

  /** Everybody begins to listen, and then somebody to publish. */
  begin(url: URL): void {
    this.#tell({ order: "begin", url: url.href });
  }

  /**
   * Nobody publishes any more, the sleepers wake up, and everybody reads to the end. Resolves to false if they have not
   * come that far within `patienceMs`.
   */
  async finish(patienceMs: number): Promise<boolean> {
    const finished = once(this.#news, "finished", { signal: AbortSignal.timeout(patienceMs) });
    this.#tell({ order: "finish" });
    try {
      await finished;
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") return false;
      throw error;
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
    if (!this.#child.connected) throw new Error("The load generator has ended too early");
    this.#child.send(order);
  }
}
