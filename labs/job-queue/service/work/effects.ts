import { type FileHandle, open } from "node:fs/promises";
import { Mutex } from "@pattern-labs/primitives/mutex";
import { z } from "zod";

const lineSchema = z.object({ key: z.string(), result: z.unknown() });
type Effect = z.infer<typeof lineSchema>;

/** The file is not as it was left. The message names file and line, and what can be done. */
export class EffectsError extends Error {
  override readonly name = "EffectsError";
}

export interface EffectsOptions {
  /** Told that the file ended in the middle of a line, and is cut off there: in words. */
  readonly onTorn?: ((what: string) => void) | undefined;
}

/**
 * What was done, by idempotency key, in a file to which lines are only appended. A job may be run more than once; what it
 * does to the world is written down here once, and whoever comes again is told what came of it.
 *
 * - `once` resolves when its line is on the disk. A process that is killed before does the work again, so the work itself
 *   must bear that: a rename does, a payment would have to go into the same transaction as its line.
 * - One process at a time: two would not see each other's lines. (Of lines with one key the first counts.)
 * - All keys are kept in memory, for as long as the file is not put aside.
 * - A last line that was still being written when its process ended is cut off: nobody was told of it. Any other damage
 *   is refused, for what that line tells of would be done again.
 */
export class Effects implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #results: Map<string, unknown>;
  readonly #underWay = new Map<string, Promise<unknown>>();
  readonly #turn = new Mutex();
  /** Bytes of its whole lines. */
  #size: number;
  /** More than that may be in the file: a line of which only a part was written. */
  #isTorn = false;

  private constructor(file: FileHandle, effects: readonly Effect[], size: number) {
    this.#file = file;
    this.#size = size;
    this.#results = new Map(effects.toReversed().map(({ key, result }) => [key, result]));
  }

  /** @throws {EffectsError} If the file is damaged. @throws The system's error. */
  static async open(path: string, { onTorn = () => {} }: EffectsOptions = {}): Promise<Effects> {
    const file = await open(path, "a+");
    try {
      const bytes = await file.readFile();
      const size = bytes.lastIndexOf("\n") + 1;
      const lines = bytes.toString("utf8", 0, size).split("\n").slice(0, -1);
      const effects = lines.map((line, index) => readEffect(line) ?? refuse(line, path, index + 1));
      if (size < bytes.length) {
        onTorn(
          `${path} ended in the middle of line ${lines.length + 1}, which is cut off: it was being written`,
        );
        await file.truncate(size);
      }
      return new Effects(file, effects, size);
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
    const line = Buffer.from(`${JSON.stringify({ key, result })}\n`);
    if (this.#isTorn) await this.#file.truncate(this.#size);
    this.#isTorn = true; // Until it is known to be whole.
    await this.#file.appendFile(line);
    this.#size += line.length;
    this.#isTorn = false;
    await this.#file.datasync();
  }
}

/** The keys in an effects file, as often as they stand there. */
export function keysIn(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => readEffect(line)?.key ?? []);
}

/** Undefined if it is none. */
function readEffect(line: string): Effect | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function refuse(line: string, path: string, number: number): never {
  const rule = 'must be an effect, as in {"key":"…","result":…}';
  const remedy = "mend the line, or take it out if what it tells of may be done again";
  throw new EffectsError(`${path}:${number} ${rule}, got ${JSON.stringify(line.slice(0, 60))}: ${remedy}`);
}
