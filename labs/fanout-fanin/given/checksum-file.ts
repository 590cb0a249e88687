import { rmSync } from "node:fs";
import { type FileHandle, lstat, open, rename } from "node:fs/promises";
import { type ByteName, toBytes } from "@pattern-labs/demo/files";

/** The checksums cannot be written: no folder, no permission, a full disk. */
export class ChecksumFileError extends Error {
  override readonly name = "ChecksumFileError";
}

/**
 * A file of checksums, as `sha256sum --check` reads it. It takes its name only when it is whole: until then it is called
 * `….part`, and leaving the scope, or the process, before `finish` has ended removes that.
 */
export class ChecksumFile implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  #text = "";
  #lines = 0;
  #closed = false;

  /** @throws ChecksumFileError If it cannot be created, or would replace what is no file: a folder, a device, a link. */
  static async create(path: string): Promise<ChecksumFile> {
    for (const place of [path, partOf(path)]) await told(path, refuseOther(place));
    return new ChecksumFile(path, await told(path, open(partOf(path), "w")));
  }

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
    process.once("exit", this.#removePart);
  }

  get lines(): number {
    return this.#lines;
  }

  /** Waits only when so many lines have come together that they are written. @throws ChecksumFileError */
  add(name: ByteName, sha256: string): Promise<void> | undefined {
    this.#text += checksumLine(name, sha256);
    this.#lines += 1;
    return this.#text.length < WRITE_CHARACTERS ? undefined : this.#write();
  }

  /** Writes the rest and gives the file its name; one that had the name before is replaced. @throws ChecksumFileError */
  async finish(): Promise<void> {
    await this.#write();
    await this.#close();
    await told(this.path, rename(partOf(this.path), this.path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    this.#removePart();
    process.off("exit", this.#removePart);
  }

  /** Nothing is left of it if it was finished. */
  readonly #removePart = (): void => rmSync(partOf(this.path), { force: true });

  async #write(): Promise<void> {
    const bytes = toBytes(this.#text);
    this.#text = "";
    await told(this.path, this.#file.writeFile(bytes)); // From where the last one ended.
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }
}

/** What the file is called as long as it is not whole. */
export const partOf = (path: string): string => `${path}.part`;

const WRITE_CHARACTERS = 64 * 1_024;

/**
 * A line of the file. Where the name holds a line break or a backslash these are written as escapes, and a backslash in
 * front of the line says so.
 */
export function checksumLine(name: ByteName, sha256: string): ByteName {
  const escaped = name.replace(/[\\\n\r]/g, (character) => ESCAPES[character] ?? character);
  return `${escaped === name ? "" : "\\"}${sha256}  ${escaped}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };

async function refuseOther(place: string): Promise<void> {
  const stats = await lstat(place).catch(() => undefined); // Usually there is nothing yet.
  if (stats?.isFile() === false) throw new Error(`${place} is there, and no file`);
}

async function told<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new ChecksumFileError(`Cannot write the checksums to ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
