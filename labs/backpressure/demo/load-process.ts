import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { DemoError } from "@pattern-labs/demo";
import { type LoadFigures, type News, newsSchema, type Order, type ProducersOptions } from "./messages.ts";

/** What offers a load to the service. */
export interface Load {
  /** What the producers saw of each load since `begin`. */
  readonly figures: readonly LoadFigures[];
  /** Aborts with a DemoError when it has ended by itself: from then on it offers nothing. */
  readonly lost: AbortSignal;
  /** New producers for the service at `url`. They offer nothing yet. */
  begin(url: URL): void;
  offer(perSecond: number): void;
  /** All producers hang up, also those who wait for an answer. */
  end(): Promise<void>;
}

/** The load generator, in a process of its own: it does not slow down because the service is busy. */
export class LoadProcess implements Load, AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #news = new EventEmitter<{ [K in News["news"]]: [] } & { error: [Error] }>();
  readonly #lost = new AbortController();
  #figures: readonly LoadFigures[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message) => {
      const news = newsSchema.parse(message);
      if ("loads" in news) this.#figures = news.loads;
      this.#news.emit(news.news);
    });
    child.once("exit", (code, signal) => {
      const error = new DemoError(`the load generator has ended (${signal ?? `status ${code}`})`);
      this.#lost.abort(error);
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

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get figures(): readonly LoadFigures[] {
    return this.#figures;
  }

  begin(url: URL): void {
    this.#figures = [];
    this.#tell({ order: "begin", url: url.href });
  }

  offer(perSecond: number): void {
    this.#tell({ order: "offer", perSecond });
  }

  async end(): Promise<void> {
    this.lost.throwIfAborted();
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
