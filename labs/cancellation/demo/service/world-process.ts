import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Figures, newsSchema, type Order, type WorldOptions } from "./messages.ts";

/** All that is outside of the service, in a process of its own: clients before it, shops behind it. */
export class WorldProcess implements AsyncDisposable {
  readonly shops: readonly [URL, URL];
  readonly #child: ChildProcess;
  readonly #news: EventEmitter;
  #figures: Figures | undefined;

  private constructor(child: ChildProcess, news: EventEmitter, shops: readonly [string, string]) {
    this.#child = child;
    this.#news = news;
    this.shops = [new URL(shops[0]), new URL(shops[1])];
    news.on("figures", (figures: Figures) => {
      this.#figures = figures;
    });
  }

  static async start(options: WorldOptions): Promise<WorldProcess> {
    const script = fileURLToPath(new URL("./world-main.ts", import.meta.url));
    const child = fork(script, [JSON.stringify(options)], { execArgv: [] });
    const news = new EventEmitter();
    child.on("message", (message) => {
      const told = newsSchema.parse(message);
      if (told.news === "ready") return news.emit("ready", told.shops);
      news.emit("figures", told.figures);
      return told.news === "told" && news.emit("told");
    });
    child.once("exit", (code, signal) => {
      const error = new Error(`The process with the clients has ended (${signal ?? `status ${code}`})`);
      if (news.listenerCount("error") > 0) news.emit("error", error);
    });
    const [shops] = await once(news, "ready");
    return new WorldProcess(child, news, shops);
  }

  /** As they were told last. */
  get figures(): Figures | undefined {
    return this.#figures;
  }

  begin(url: URL): void {
    this.#tell({ order: "begin", url: url.href });
  }

  /** The clients send nothing more, from when this resolves. */
  async stop(): Promise<void> {
    await this.#request({ order: "stop" });
  }

  /** The figures as they are now. */
  async ask(): Promise<Figures | undefined> {
    await this.#request({ order: "tell" });
    return this.#figures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    else this.#child.kill();
    await exited;
  }

  async #request(order: Order): Promise<void> {
    if (!this.#child.connected) throw new Error("The process with the clients has ended too early");
    const told = once(this.#news, "told");
    this.#tell(order);
    await told;
  }

  #tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order);
  }
}
