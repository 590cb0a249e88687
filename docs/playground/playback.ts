import type { Piece } from "@pattern-labs/picture";
import { changed } from "./change.ts";
import type { FromWorker, Loaded, News, Progress, Settings, ToWorker } from "./protocol.ts";

/** Real milliseconds after which an answer counts as one that never comes back. */
const PATIENCE_MS = 10_000;
const HANGS =
  "It never came back: it goes on without ever letting anything else happen. Its worker has been ended.";

const NOTHING: Progress = {
  ...{ type: "progress", now: 0, view: undefined, said: "", picture: [] },
  ...{ isOver: false, problem: undefined },
};

export interface PlaybackOptions {
  readonly onLoaded: (loaded: Loaded) => void;
  /** With the first one a new run has begun. */
  readonly onProgress: (progress: Progress, isFirst: boolean) => void;
  /** How wide the picture is to be, in pixels. */
  readonly width: () => number;
}

/**
 * A scene in a worker. Each run has a worker of its own, so nothing of the run before is left, and one that hangs can be
 * ended; the next one is loaded beforehand. Owns its workers until it is disposed.
 */
export class Playback implements Disposable {
  readonly #lab: string;
  readonly #options: PlaybackOptions;
  #worker: Worker | undefined;
  #spare: Worker;
  /** What a run is to begin with, as soon as the one that is just beginning has begun: a slider asks for many. */
  #next: Settings | undefined;
  #isBeginning = false;
  #last = NOTHING;
  /** As the worker has told it so far. */
  #picture: readonly Piece[] = [];
  #width: number | undefined;
  /** The place of the picture has changed while something else was under way. */
  #isResized = false;
  /** Who waits for an answer, in the order in which it will come. */
  #awaited: ((progress: Progress) => void)[] = [];
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(lab: string, options: PlaybackOptions) {
    this.#lab = lab;
    this.#options = options;
    this.#spare = this.#load();
    this.#spare.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      this.#rest();
      if (data.type === "loaded") options.onLoaded(data);
      else options.onProgress(this.#known(data), false);
    };
    this.#watch(this.#spare);
  }

  /** Whether it still works at what it was last asked for. */
  get isBusy(): boolean {
    return this.#awaited.length > 0;
  }

  /** Begins anew. */
  start(settings: Settings): void {
    this.#next = settings;
    if (!this.#isBeginning) this.#begin();
  }

  /** Turns controls while it runs. */
  set(settings: Settings): void {
    void this.#post({ type: "set", settings });
  }

  /** The place of the picture may have another width now: then it is drawn anew. */
  resize(): void {
    this.#isResized = this.isBusy;
    if (!this.isBusy && this.#tellWidth()) void this.advance(0);
  }

  /** Lets so many simulated milliseconds pass; resolves when they have, or when another run has begun before that. */
  advance(ms: number): Promise<Progress> {
    return this.#post({ type: "advance", ms });
  }

  step(): void {
    void this.#post({ type: "step" });
  }

  [Symbol.dispose](): void {
    this.#rest();
    this.#worker?.terminate();
    this.#spare.terminate();
  }

  #begin(): void {
    const settings = this.#next;
    if (settings === undefined) return;
    this.#next = undefined;
    this.#isBeginning = true;
    this.#worker?.terminate();
    this.#worker = this.#spare;
    this.#picture = [];
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "progress") this.#hear(this.#known(data));
    };
    this.#spare = this.#load();
    this.#width = undefined;
    this.#tellWidth();
    const overtaken = this.#awaited;
    this.#awaited = [];
    void this.#post({ type: "start", settings }).then((progress) => {
      for (const resolve of overtaken) resolve(progress);
    });
  }

  /** Whether it has changed. */
  #tellWidth(): boolean {
    const width = this.#options.width();
    if (this.#worker === undefined || width === this.#width) return false;
    this.#width = width;
    this.#worker.postMessage({ type: "width", width } satisfies ToWorker);
    return true;
  }

  #load(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.postMessage({ type: "load", lab: this.#lab } satisfies ToWorker);
    return worker;
  }

  #post(message: ToWorker): Promise<Progress> {
    const { promise, resolve } = Promise.withResolvers<Progress>();
    const worker = this.#worker;
    if (worker === undefined) return promise;
    this.#awaited.push(resolve);
    this.#watch(worker);
    worker.postMessage(message);
    return promise;
  }

  #known({ change, ...news }: News): Progress {
    this.#picture = changed(this.#picture, change);
    return { ...news, picture: this.#picture };
  }

  #hear(progress: Progress): void {
    this.#last = progress;
    const isFirst = this.#isBeginning;
    this.#isBeginning = false;
    if (this.#next !== undefined) {
      this.#begin();
      return;
    }
    const resolve = this.#awaited.shift();
    if (!this.isBusy) this.#rest();
    this.#options.onProgress(progress, isFirst);
    resolve?.(progress);
    if (this.#isResized) this.resize();
  }

  /** Ends the worker if it has not answered for long. */
  #watch(worker: Worker): void {
    this.#rest();
    this.#watchdog = setTimeout(() => {
      worker.terminate();
      this.#awaited.splice(1);
      this.#hear({ ...this.#last, isOver: true, problem: HANGS });
    }, PATIENCE_MS);
  }

  #rest(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = undefined;
  }
}
