import type { Worker } from "node:worker_threads";
import type { Hashed, ThreadOptions } from "../../contract.ts";
import { unlessAborted } from "../unless-aborted.ts";
import type { Found, ThreadStart } from "./hash-thread.ts";

const MOST_DEATHS = 2;

type Answer = readonly Found[] | "died" | "not begun";

/** The place of one thread. Who dies there is followed by another, which does the batch again. */
export class ThreadSeat implements AsyncDisposable {
  readonly #options: ThreadOptions;
  #hands: number;
  #thread: Worker | undefined;
  /** What settles each batch that the thread has, in order: the first is the one that it is doing. */
  #asked: ((answer: Answer) => void)[] = [];
  /** What the last thread that died had thrown, if it had. */
  #cause: unknown;

  constructor(options: ThreadOptions, hands: number) {
    this.#options = options;
    this.#hands = hands;
  }

  /** @throws The signal's reason as soon as it aborts. The thread is at work then until the last hand leaves. */
  async hash(batch: readonly string[], signal: AbortSignal): Promise<readonly Hashed[]> {
    const { Worker } = await import("node:worker_threads"); // Only here: all else in this lab needs no threads.
    for (let deaths = 0; deaths < MOST_DEATHS; ) {
      signal.throwIfAborted();
      this.#thread ??= this.#start(Worker);
      const answer = await unlessAborted(this.#ask(this.#thread, batch), signal);
      if (answer === "died") deaths += 1;
      else if (answer !== "not begun") return toResults(batch, answer);
    }
    const error = new ThreadDiedError(this.#cause); // The batch itself may be what kills: it must not take every thread along.
    return batch.map((path) => ({ path, error }));
  }

  #ask(thread: Worker, batch: readonly string[]): Promise<Answer> {
    thread.postMessage(batch);
    return new Promise((resolve) => this.#asked.push(resolve));
  }

  #start(Thread: typeof Worker): Worker {
    const { progress, onThread } = this.#options;
    const workerData: ThreadStart = { progress };
    const thread = new Thread(new URL("./hash-thread.ts", import.meta.url), { workerData });
    thread.on("message", (found: readonly Found[]) => this.#asked.shift()?.(found));
    thread.on("error", (error) => {
      this.#cause = error; // No more than that: an exit follows, and a batch must not be done again for both.
    });
    thread.once("exit", () => this.#mourn());
    onThread?.(thread);
    return thread;
  }

  /** Only the batch that it was doing can be what it died of. */
  #mourn(): void {
    this.#thread = undefined;
    const [first, ...others] = this.#asked;
    this.#asked = [];
    first?.("died");
    for (const settle of others) settle("not begun");
  }

  /** The thread ends when its last hand leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#hands -= 1;
    if (this.#hands === 0) await this.#thread?.terminate();
  }
}

class ThreadDiedError extends Error {
  override readonly name = "ThreadDiedError";

  constructor(cause: unknown) {
    super(`Cannot hash the file: ${MOST_DEATHS} threads died while its batch was with them`, { cause });
  }
}

function toResults(batch: readonly string[], answer: readonly Found[]): readonly Hashed[] {
  return batch.map((path, index) => toHashed(path, answer[index] as Found));
}

function toHashed(path: string, found: Found): Hashed {
  if (typeof found === "string") return { path, sha256: found };
  const { message, code } = found;
  return { path, error: Object.assign(new Error(message), { code }) };
}
