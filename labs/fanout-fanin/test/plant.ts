import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { guarantee } from "@pattern-labs/testkit";
import type { Hashed, ThreadOptions } from "../contract.ts";
import { lab } from "./subject.ts";

/** So many turns without a living thread, and nobody will come any more: a replacement is made at once. */
const TURNS_WITHOUT_THREAD = 1_000;

/** Real files in a temporary folder, the threads that hash them, and a way to stop one in the middle of a file. */
export class Plant implements Disposable {
  readonly threads: Worker[] = [];
  /** How many threads were alive at once, at most. */
  peak = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), "fanout-fanin-"));

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get alive(): number {
    return this.threads.filter(isAlive).length;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Makes files of different lengths, one of them longer than a chunk. */
  files(count: number): readonly string[] {
    return Array.from({ length: count }, (_, n) => {
      const path = this.path(`file ${n}`);
      writeFileSync(path, contentOf(n));
      return path;
    });
  }

  /** A named pipe: reading it lasts until somebody has written to it. */
  pipe(name: string): string {
    const path = this.path(name);
    makePipe(path);
    return path;
  }

  hash(
    paths: Iterable<string> | AsyncIterable<string>,
    options: ThreadOptions,
  ): AsyncIterableIterator<Hashed> {
    if (lab.hashOnThreads === undefined) throw new Error("TODO threads.1: hashOnThreads is yours to write");
    return lab.hashOnThreads(paths, {
      ...options,
      onThread: (thread) => {
        this.threads.push(thread);
        this.peak = Math.max(this.peak, this.alive);
        options.onThread?.(thread);
      },
    });
  }

  /** All results, unless every thread has died and none comes any more. */
  async collect(results: AsyncIterable<Hashed>): Promise<readonly Hashed[]> {
    const found: Hashed[] = [];
    const reading = async () => {
      for await (const result of results) found.push(result);
    };
    await this.orDeserted(reading(), () => `${found.length} results had come`);
    return found;
  }

  async orDeserted<T>(promise: Promise<T>, sofar: () => string): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    let lonely = 0;
    while (!settled && lonely < TURNS_WITHOUT_THREAD) {
      await turn();
      lonely = this.threads.length > 0 && this.alive === 0 ? lonely + 1 : 0;
    }
    guarantee(settled, {
      happened: `all ${this.threads.length} threads have ended, ${sofar()}, and no other thread comes`,
      expected: "a thread that dies is replaced as long as there is work",
      why: "The work of the dead would never be done, and whoever waits for it waits for ever.",
    });
    return await promise;
  }

  /** Waits until a thread reads the pipe. What it reads is what is written then. */
  async reached(pipe: string, reading: Promise<unknown>): Promise<PipeEnd> {
    const opening = open(pipe, "w");
    const first = await this.orDeserted(
      Promise.race([opening, reading.then(noEnd, noEnd)]),
      () => "nobody reads on",
    );
    if (first !== undefined) {
      rmSync(pipe); // Its reader has it open. Whoever reads it again is to wait at another.
      makePipe(pipe);
      return new PipeEnd(first);
    }
    await using _ = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK); // Or `opening` would wait for ever.
    await (await opening).close();
    await reading; // If it has failed, that says more.
    guarantee(false, {
      happened:
        "the loop has ended, and there is a file that no thread has read, or not again after its reader died",
      expected:
        "the files of a batch are hashed one after the other, and all of them again if their thread dies",
      why: "The hash of a file that nobody has read to its end is wrong, or missing.",
    });
  }

  /** Whether the pipe is read once more before `reading` has ended. Who reads it then is given something. */
  isReadAgain(pipe: string, reading: Promise<unknown>): Promise<boolean> {
    const again = async (end: PipeEnd) => {
      await end.write("once more");
      return true;
    };
    return this.reached(pipe, reading).then(again, () => false);
  }
}

const noEnd = () => undefined;

const makePipe = (path: string) => execFileSync("mkfifo", [path]);

class PipeEnd {
  readonly #file: Awaited<ReturnType<typeof open>>;

  constructor(file: Awaited<ReturnType<typeof open>>) {
    this.#file = file;
  }

  async write(text: string): Promise<void> {
    await this.#file.write(text);
    await this.#file.close();
  }

  /** Kills the thread that reads. It sees the end of the pipe only when it must not run any more. */
  async kill(thread: Worker | undefined): Promise<void> {
    const dying = thread?.terminate();
    await this.#file.close();
    await dying;
  }
}

/** Node gives a thread that has ended the id -1. */
const isAlive = ({ threadId }: Worker) => threadId !== -1;

export function contentOf(n: number): string {
  return `content of ${n};`.repeat(n === 0 ? 100_000 : n);
}

export const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

export const newProgress = (): BigInt64Array<SharedArrayBuffer> =>
  new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
