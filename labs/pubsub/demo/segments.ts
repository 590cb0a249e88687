import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** The log cannot be read. The message names the file and the rule. */
export class LogError extends Error {
  override readonly name = "LogError";
}

/** A line of the log; the payload is JSON. */
export interface Row {
  readonly number: number;
  readonly at: number;
  readonly topic: string;
  readonly payload: string;
}

interface Segment {
  readonly file: string;
  /** The number of its first line. */
  readonly first: number;
}

/**
 * The files of a log, one after the other. Each begins with a line that says whose it is, and is only ever appended to;
 * what is no longer wanted goes a file at a time. So nothing is rewritten, and nothing can be lost by that.
 *
 * What was appended outlives this process, however it ends: the system has it. A crash of the machine may cost the last
 * moments, for no line waits until it is on the disk.
 */
export class Segments implements Disposable {
  readonly log: string;
  /** The number of the next line. */
  next: number;
  readonly #folder: string;
  readonly #segments: Segment[];
  #fd: number;
  /** Bytes of the file that is being written. */
  #size: number;
  #line = Buffer.alloc(0);

  /**
   * Opens what is in `folder`, and gives each of its lines to `take`. A last line that was still being written when the
   * process ended is taken off: nobody was told of it.
   *
   * @throws {LogError} If anything else is not as it was left.
   */
  constructor(folder: string, newLog: string, take: (row: Row) => void) {
    this.#folder = folder;
    const found = readSegments(folder);
    const last = found.at(-1);
    this.log = found[0]?.log ?? newLog;
    this.next = found[0]?.first ?? 1;
    for (const { file, log, first, rows } of found) {
      if (log !== this.log) throw new LogError(`${file}:1: log must be ${this.log}, got ${log}`);
      if (first !== this.next) throw new LogError(`${file}:1: first must be ${this.next}, got ${first}`);
      for (const [index, row] of rows.entries()) {
        if (row.number !== this.next)
          throw new LogError(`${file}:${index + 2}: number must be ${this.next}, got ${row.number}`);
        this.next += 1;
        take(row);
      }
    }
    this.#segments = found.map(({ file, first }) => ({ file, first }));
    if (last === undefined) {
      this.#fd = this.#begin();
      this.#size = this.#header.length;
    } else {
      this.#fd = openSync(last.file, "r+");
      this.#size = last.size;
      ftruncateSync(this.#fd, last.size);
    }
  }

  /** @throws The system's error, such as ENOSPC; then nothing was appended. */
  append({ number, at, topic, payload }: Row): void {
    const line = `{"number":${number},"at":${at},"topic":${JSON.stringify(topic)},"payload":${payload}}\n`;
    const bytes = this.#encode(line);
    try {
      writeWhole(this.#fd, bytes, this.#size);
    } catch (error) {
      ftruncateSync(this.#fd, this.#size); // A part may have been written, and the next line must not follow that.
      throw error;
    }
    this.#size += bytes.length;
    this.next += 1;
  }

  /** Into the same memory each time: a line is needed no longer than it takes to write it. */
  #encode(line: string): Buffer {
    const size = Buffer.byteLength(line);
    if (size > this.#line.length) this.#line = Buffer.allocUnsafe(2 * size);
    this.#line.write(line);
    return this.#line.subarray(0, size);
  }

  /** Whether the file that is being written has as many lines, or as many bytes. */
  isFull(lines: number, bytes: number): boolean {
    const { first } = this.#segments.at(-1) ?? { first: this.next };
    return this.next - first >= lines || this.#size >= bytes;
  }

  /** Goes on in a new file, and deletes those in which all is older than `oldest`. */
  roll(oldest: number): void {
    const fd = this.#begin();
    closeSync(this.#fd);
    this.#fd = fd;
    this.#size = this.#header.length;
    while (this.#segments[1] !== undefined && this.#segments[1].first <= oldest) {
      rmSync((this.#segments.shift() as Segment).file);
    }
  }

  get #header(): Buffer {
    return Buffer.from(`${JSON.stringify({ log: this.log, first: this.#segments.at(-1)?.first })}\n`);
  }

  #begin(): number {
    const file = join(this.#folder, `events-${String(this.next).padStart(15, "0")}.jsonl`);
    const fd = openSync(file, "wx");
    this.#segments.push({ file, first: this.next });
    try {
      writeWhole(fd, this.#header, 0);
    } catch (error) {
      this.#segments.pop();
      closeSync(fd);
      rmSync(file);
      throw error;
    }
    return fd;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** The system may take less than it is given. */
function writeWhole(fd: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

interface SegmentRead extends Segment {
  readonly log: string;
  readonly rows: readonly Row[];
  /** Bytes of its whole lines. */
  readonly size: number;
}

function readSegments(folder: string): readonly SegmentRead[] {
  const names = readdirSync(folder).filter((name) => /^events-\d{15}\.jsonl$/.test(name));
  return names.toSorted().flatMap((name, index) => {
    const file = join(folder, name);
    const bytes = readFileSync(file);
    const size = bytes.lastIndexOf("\n") + 1;
    const isLast = index === names.length - 1;
    if (size < bytes.length && !isLast) throw new LogError(`${file} must end with a whole line`);
    if (size === 0 && isLast) {
      rmSync(file); // It had just been begun.
      return [];
    }
    const [header = "", ...lines] = bytes.toString("utf8", 0, size).split("\n").slice(0, -1);
    const rows = lines.map((line, at) => readRow(line, `${file}:${at + 2}`));
    return [{ file, size, ...readHeader(header, `${file}:1`), rows }];
  });
}

const headerSchema = z.strictObject({ log: z.string().regex(/^[0-9a-f]{8}$/), first: z.int().positive() });
const rowSchema = z.strictObject({
  number: z.int().positive(),
  at: z.number(),
  topic: z.string(),
  payload: z.unknown(),
});

function readHeader(line: string, place: string): { readonly log: string; readonly first: number } {
  return readLine(line, place, "say whose log it is", headerSchema);
}

function readRow(line: string, place: string): Row {
  const row = readLine(line, place, "be a message as JSON", rowSchema);
  return { ...row, payload: JSON.stringify(row.payload) };
}

function readLine<T>(line: string, place: string, rule: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    throw new LogError(`${place} must ${rule}, got ${JSON.stringify(line.slice(0, 60))}`, { cause: error });
  }
}
