import { type FileHandle, open } from "node:fs/promises";
import { Mutex } from "@pattern-labs/primitives/mutex";
import { z } from "zod";

const lineSchema = z.object({ key: z.string(), result: z.unknown() });

/**
 * What was done, by idempotency key, in a file to which lines are only appended. A job may be run more than once; what it
 * does to the world is written down here once, and whoever comes again is told what came of it.
 *
 * - `once` resolves when its line is on the disk. A process that is killed before does the work again, so the work itself
 *   must bear that: a rename does, a payment would have to go into the same transaction as its line.
 * - One process at a time: two would not see each other's lines. (Of lines with one key the first counts.)
 * - All keys are kept in memory, for as long as the file is not put aside.
 */
export class Effects implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #results: Map<string, unknown>;
  readonly #underWay = new Map<string, Promise<unknown>>();
  readonly #turn = new Mutex();
  /** The file ends in the middle of a line: a process or a disk has come to its end there. */
  #isTorn: boolean;

  private constructor(file: FileHandle, text: string) {
    this.#file = file;
    this.#isTorn = text !== "" && !text.endsWith("\n");
    const lines = text.split("\n").flatMap((line) => readEffect(line) ?? []);
    this.#results = new Map(lines.toReversed().map(({ key, result }) => [key, result]));
  }

  /** @throws The system's error. */
  static async open(path: string): Promise<Effects> {
    const file = await open(path, "a+");
    try {
      return new Effects(file, await file.readFile("utf8"));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get count(): number {
    return this.#results.size;
  }

  /** Does `work`, unless somebody has with this key, and gives its result: JSON. */
  async once(key: string, work: () => Promise<unknown>): Promise<unknown> {
    if (this.#results.has(key)) return this.#results.get(key);
    const doing = this.#underWay.get(key) ?? this.#do(key, work);
    this.#underWay.set(key, doing);
    return await doing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _turn = await this.#turn.lock();
    await this.#file.close();
  }

  async #do(key: string, work: () => Promise<unknown>): Promise<unknown> {
    try {
      const result = await work();
      await this.#append(key, result);
      this.#results.set(key, result);
      return result;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #append(key: string, result: unknown): Promise<void> {
    using _turn = await this.#turn.lock();
    const beginning = this.#isTorn ? "\n" : "";
    this.#isTorn = true; // Until it is known to be whole.
    await this.#file.appendFile(`${beginning}${JSON.stringify({ key, result })}\n`);
    this.#isTorn = false;
    await this.#file.datasync();
  }
}

/** The keys in an effects file, as often as they stand there. */
export function keysIn(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => readEffect(line)?.key ?? []);
}

/** Undefined for half a line. */
function readEffect(line: string): z.infer<typeof lineSchema> | undefined {
  if (line === "") return undefined;
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
