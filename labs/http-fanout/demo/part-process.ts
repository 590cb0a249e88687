import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { DemoError } from "@pattern-labs/demo";
import { tellStarter } from "@pattern-labs/demo/service";

export interface PartOptions<N> {
  /** What it is, for whoever reads that it has ended. */
  readonly name: string;
  /** The program's file, in this folder. */
  readonly script: string;
  /** It finds this as JSON on its command line. */
  readonly settings: unknown;
  readonly read: (message: unknown) => N;
}

/** A part of the demo in a process of its own, so that none of them slows another down. It ends with its scope. */
export class PartProcess<N extends { readonly news: string }, O extends object> implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #news = new EventEmitter();
  #ended: DemoError | undefined;

  constructor({ name, script, settings, read }: PartOptions<N>) {
    this.#name = name;
    const file = fileURLToPath(new URL(script, import.meta.url));
    this.#child = fork(file, [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#news.on("error", () => {}); // Whoever waits for something hears of it.
    this.#child.on("message", (message) => {
      const news = read(message);
      this.#news.emit(news.news, news);
    });
    this.#child.once("exit", (code, signal) => {
      this.#ended = new DemoError(`the ${name} has ended (${signal ?? `status ${code}`})`);
      this.#news.emit("error", this.#ended);
    });
  }

  on<K extends N["news"]>(news: K, listener: (news: Extract<N, { readonly news: K }>) => void): void {
    this.#news.on(news, listener);
  }

  /** The next news of this kind. @throws If the process ends before. */
  async next<K extends N["news"]>(news: K): Promise<Extract<N, { readonly news: K }>> {
    if (this.#ended !== undefined) throw this.#ended;
    const [told] = await once(this.#news, news);
    return told;
  }

  tell(order: O): void {
    if (!this.#child.connected) throw this.#ended ?? new DemoError(`the ${this.#name} listens no more`);
    this.#child.send(order);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended !== undefined) return;
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    else this.#child.kill();
    await exited;
  }
}

/** What the program of a part does with its parent. @param obey Told of each order. */
export function playPart<N extends object>(obey: (message: unknown) => void): (news: N) => void {
  process.on("message", obey);
  process.once("disconnect", () => process.exit());
  // Ctrl-C in a terminal, or its end, reaches all processes; when this one ends is for the other to say.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  return tellStarter;
}

/** In pieces that a message may have. */
export function* piecesOf<T>(all: readonly T[], length = 2_000): Generator<readonly T[]> {
  for (let n = 0; n < all.length; n += length) yield all.slice(n, n + length);
}
