import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Failure, StoreError } from "../store-error.ts";
import type { Answer, Call, FileSettings, Message, Read, Reply, Request, Row, Write } from "./protocol.ts";

interface Waiting {
  readonly doing: string;
  readonly resolve: (value: boolean | readonly Row[]) => void;
  readonly reject: (error: StoreError) => void;
}

/** The main thread's end of the thread that has the file open. */
export class StoreThread {
  readonly #file: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  /** Settles when the thread has ended, however it ended. */
  readonly #ended: Promise<unknown>;
  #outbox: Request[] = [];
  #lastNumber = 0;
  /** Why no more calls are taken. */
  #refusal: Failure | undefined;

  private constructor(file: string, worker: Worker) {
    this.#file = file;
    this.#worker = worker;
    this.#ended = new Promise((resolve) => worker.once("exit", resolve));
    let cause: unknown;
    worker.once("error", (error) => {
      cause = error;
    });
    worker.once("exit", () => this.#fail(cause));
    worker.on("message", (answers: readonly Answer[]) => this.#settle(answers));
    worker.unref(); // A store with nothing to do keeps no process alive.
  }

  /** @throws {StoreError} If the file cannot be opened; then no thread is left. */
  static async open(settings: FileSettings): Promise<StoreThread> {
    const { file } = settings;
    const worker = new Worker(new URL("./writer-thread.ts", import.meta.url), { workerData: settings });
    const reply = await firstReply(worker);
    if (!("failed" in reply)) return new StoreThread(file, worker);
    await worker.terminate();
    throw new StoreError(`open ${file}`, file, reply.failed);
  }

  /** @throws {StoreError} */
  async write(call: Write, doing: string): Promise<boolean> {
    return (await this.#ask(call, doing)) as boolean;
  }

  /** @throws {StoreError} */
  async read(call: Read, doing: string): Promise<readonly Row[]> {
    return (await this.#ask(call, doing)) as readonly Row[];
  }

  /** Resolves when all that was asked before is answered, the file is closed, and the thread has ended. */
  async close(): Promise<void> {
    if (this.#refusal === undefined) {
      this.#refusal = { fault: "closed", rule: "the store must be open, and is closed" };
      this.#worker.ref();
      this.#flush();
      this.#post("close");
    }
    await this.#ended;
  }

  #ask(call: Call, doing: string): Promise<boolean | readonly Row[]> {
    if (this.#refusal !== undefined) throw new StoreError(doing, this.#file, this.#refusal);
    const { promise, resolve, reject } = Promise.withResolvers<boolean | readonly Row[]>();
    if (this.#waiting.size === 0) this.#worker.ref();
    this.#lastNumber += 1;
    this.#waiting.set(this.#lastNumber, { doing, resolve, reject });
    // A tick comes after the microtasks of this turn: all who call in one turn of the event loop share a message.
    if (this.#outbox.length === 0) process.nextTick(() => this.#flush());
    this.#outbox.push({ number: this.#lastNumber, call });
    return promise;
  }

  #flush(): void {
    if (this.#outbox.length > 0) this.#post(this.#outbox);
    this.#outbox = [];
  }

  #post(message: Message): void {
    this.#worker.postMessage(message);
  }

  #settle(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const waiting = this.#waiting.get(answer.number);
      this.#waiting.delete(answer.number);
      if ("value" in answer) waiting?.resolve(answer.value);
      else waiting?.reject(new StoreError(waiting.doing, this.#file, answer.failure));
    }
    if (this.#waiting.size === 0 && this.#refusal === undefined) this.#worker.unref();
  }

  /** The thread has ended. Unless it was told to, it leaves calls of which nobody knows whether they were done. */
  #fail(cause: unknown): void {
    const died = deathBy(cause);
    this.#refusal ??= died;
    for (const { doing, reject } of this.#waiting.values()) reject(new StoreError(doing, this.#file, died));
    this.#waiting.clear();
  }
}

async function firstReply(worker: Worker): Promise<Exclude<Reply, readonly Answer[]>> {
  try {
    const [reply] = await once(worker, "message");
    return reply;
  } catch (error) {
    return { failed: deathBy(error) };
  }
}

const deathBy = (cause: unknown): Failure => ({
  fault: "thread died",
  rule: "the thread that has the file open must live, and has died; open the store again",
  cause,
});
