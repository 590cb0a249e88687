import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Figures, type LoadNews, type LoadOptions, loadNewsSchema, type Order } from "./messages.ts";

export type LoadEnd = Extract<LoadNews, { news: "ended" }>;

/** The clients, in a process of their own: what they see does not depend on how the service or the demo is doing. */
export class LoadProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #news = new EventEmitter<{
    ready: [];
    figures: [Figures, number];
    ended: [LoadEnd];
    error: [Error];
  }>();
  #figures: Figures | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#news.on("error", () => {}); // Whoever waits for something hears of it.
    child.on("message", (message) => {
      const news = loadNewsSchema.parse(message);
      if ("figures" in news) this.#figures = news.figures;
      if (news.news === "figures") this.#news.emit("figures", news.figures, news.at);
      else if (news.news === "ended") this.#news.emit("ended", news);
      else this.#news.emit("ready");
    });
    child.once("exit", (code, signal) => {
      this.#news.emit("error", new Error(`The load generator has ended (${signal ?? `status ${code}`})`));
    });
  }

  static async start(options: LoadOptions): Promise<LoadProcess> {
    const script = fileURLToPath(new URL("./load-main.ts", import.meta.url));
    const child = fork(script, [JSON.stringify(options)], { execArgv: [] });
    const load = new LoadProcess(child);
    await once(load.#news, "ready");
    return load;
  }

  get figures(): Figures | undefined {
    return this.#figures;
  }

  begin(port: number): void {
    this.#tell({ order: "begin", port });
  }

  /** Waits until the clients are seen to do this. @throws The signal's reason if it aborts first. */
  async until(holds: (figures: Figures) => boolean, signal: AbortSignal): Promise<void> {
    while (this.#figures === undefined || !holds(this.#figures)) await this.#next("figures", signal);
  }

  /** No client sends anything more. Resolves when each has had its answer, or knows that there will be none. */
  async end(): Promise<LoadEnd> {
    const ended = once(this.#news, "ended");
    this.#tell({ order: "end" });
    const [news] = await ended;
    return news as LoadEnd;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    else this.#child.kill();
    await exited;
  }

  async #next(event: "figures", signal: AbortSignal): Promise<void> {
    try {
      await once(this.#news, event, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  #tell(order: Order): void {
    if (!this.#child.connected) throw new Error("The load generator has ended too early");
    this.#child.send(order);
  }
}
