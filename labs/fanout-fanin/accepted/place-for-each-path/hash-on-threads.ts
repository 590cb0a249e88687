import { Worker } from "node:worker_threads";
import { onAbort } from "@pattern-labs/primitives/abort";
import { Semaphore } from "@pattern-labs/primitives/semaphore";
import type { Hashed, ThreadOptions } from "../../contract.ts";
import type { Reply, Setup } from "./hash-thread.ts";
import { checkWhole } from "./options.ts";
import { type Drawn, Run } from "./run.ts";

export function hashOnThreads(
  paths: Iterable<string> | AsyncIterable<string>,
  options: ThreadOptions,
): AsyncIterableIterator<Hashed> {
  checkWhole("threads", options.threads);
  checkWhole("batch", options.batch);
  return new ThreadRun(paths, options);
}

export class ThreadDiedError extends Error {
  override readonly name = "ThreadDiedError";
}

/** How many threads a batch may kill before it is given up. */
const deathsAllowed = 2;

class ThreadRun extends Run {
  readonly #options: ThreadOptions;
  /** One for each batch that is with a thread. Threads are made only when none is idle, so no more are alive. */
  readonly #atWork: Semaphore;
  readonly #alive = new Set<HashThread>();
  readonly #idle = new Set<HashThread>();

  constructor(paths: Iterable<string> | AsyncIterable<string>, options: ThreadOptions) {
    const { threads, batch, signal } = options;
    // A thread may have one batch under way and one waiting to be taken, while the next is being gathered.
    super(paths, { signal, window: Math.min((2 * threads + 1) * batch, Number.MAX_SAFE_INTEGER) });
    this.#options = options;
    this.#atWork = new Semaphore(threads);
  }

  protected override async feed(signal: AbortSignal): Promise<void> {
    for (;;) {
      const batch: Drawn[] = [];
      let drawn: Drawn | undefined;
      do {
        drawn = await this.draw(signal);
        if (drawn !== undefined) batch.push(drawn);
      } while (drawn !== undefined && batch.length < this.#options.batch);
      if (batch.length > 0) {
        const turn = await this.#atWork.acquire({ signal });
        await this.group.go(() => this.#hash(batch, turn, signal));
      }
      if (drawn === undefined) return;
    }
  }

  protected override async release(): Promise<void> {
    await Promise.all([...this.#alive].map((thread) => thread.end()));
  }

  async #hash(batch: readonly Drawn[], turn: Disposable, signal: AbortSignal): Promise<void> {
    using _turn = turn;
    const paths = batch.map(({ path }) => path);
    let results: readonly Hashed[] | undefined;
    for (let deaths = 0; results === undefined && deaths < deathsAllowed; deaths += 1) {
      signal.throwIfAborted();
      const thread = this.#thread();
      results = await thread.hash(paths, signal);
      if (thread.isAlive) this.#idle.add(thread);
    }
    for (const [n, { path, place }] of batch.entries()) {
      this.give(
        results?.[n] ?? {
          path,
          error: new ThreadDiedError(`Two threads died with a batch that has ${path}`),
        },
        place,
      );
    }
  }

  #thread(): HashThread {
    for (const thread of this.#idle) {
      this.#idle.delete(thread);
      return thread;
    }
    const { progress, onThread } = this.#options;
    const thread: HashThread = new HashThread(progress, () => {
      this.#alive.delete(thread);
      this.#idle.delete(thread);
    });
    this.#alive.add(thread);
    onThread?.(thread.worker);
    return thread;
  }
}

/** A thread, and the one batch that it may have. */
class HashThread {
  readonly worker: Worker;
  isAlive = true;
  #reply: ((results: readonly Hashed[] | undefined) => void) | undefined;

  constructor(progress: ThreadOptions["progress"], died: () => void) {
    const setup: Setup = { progress };
    this.worker = new Worker(new URL("./hash-thread.ts", import.meta.url), { workerData: setup });
    this.worker.on("message", (replies: readonly Reply[]) => this.#settle(replies.map(hashedOf)));
    this.worker.on("error", () => {}); // "exit" follows.
    this.worker.on("exit", () => {
      this.isAlive = false;
      died();
      this.#settle(undefined);
    });
  }

  /** The results, or `undefined` if the thread has died before it had them. An abort ends it. */
  async hash(paths: readonly string[], signal: AbortSignal): Promise<readonly Hashed[] | undefined> {
    if (!this.isAlive) return undefined;
    const { promise, resolve } = Promise.withResolvers<readonly Hashed[] | undefined>();
    this.#reply = resolve;
    this.worker.postMessage(paths);
    const withdraw = onAbort(signal, () => void this.end());
    try {
      return await promise;
    } finally {
      withdraw();
    }
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  #settle(results: readonly Hashed[] | undefined): void {
    this.#reply?.(results);
    this.#reply = undefined;
  }
}

function hashedOf(reply: Reply): Hashed {
  if ("sha256" in reply) return reply;
  return { path: reply.path, error: Object.assign(new Error(reply.message), reply.details) };
}
