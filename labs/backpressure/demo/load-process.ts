import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { type LoadFigures, type News, newsSchema, type Order, type ProducersOptions } from "./messages.ts";

/** The load generator, in a process of its own: it does not slow down because the service is busy. */
export class LoadProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #news = new EventEmitter<{ [K in News["news"]]: [] } & { error: [Error] }>();
  #figures: readonly LoadFigures[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message) => {
      const news = newsSchema.parse(message);
      if ("loads" in news) this.#figures = news.loads;
      this.#news.emit(news.news);
    });
    child.once("exit", (code, signal) => {
      const error = new Error(`The load generator has ended (${signal ?? `status ${code}`})`);
      if (this.#news.listenerCount("error") > 0) this.#news.emit("error", error);
    });
  }

  static async start(options: ProducersOptions): Promise<LoadProcess> {
    const script = fileURLToPath(new URL("./load-main.ts", import.meta.url));
    const child = fork(script, [JSON.stringify(options)], { execArgv: [] });
    const load = new LoadProcess(child);
    await once(load.#news, "ready");
    return load;
  }

  /** What the producers saw of each load since `begin`. */
  get figures(): readonly LoadFigures[] {
    return this.#figures;
  }

  /** New producers for the service at `url`. They offer nothing yet. */
  begin(url: URL): void {
    this.#figures = [];
    this.#tell({ order: "begin", url: url.href });
  }

  offer(perSecond: number): void {
    this.#tell({ order: "offer", perSecond });
  }

  /** All producers hang up, also those who wait for an answer. */
  async end(): Promise<void> {
    if (!this.#child.connected) throw new Error("The load generator has ended too early");
    const ended = once(this.#news, "ended");
    this.#tell({ order: "end" });
    await ended;
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
