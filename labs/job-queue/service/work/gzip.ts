import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { z } from "zod";
import type { Effects } from "./effects.ts";
import { PermanentError, type Work, type WorkContext } from "./work.ts";

export interface GzipOptions {
  /** Files in here may be asked for, and no others. */
  readonly folder: string;
  /** Where `a/b.txt.gz` goes. */
  readonly out: string;
  /** For what is not complete yet; on the same disk as `out`, and nobody else's. */
  readonly scratch: string;
  readonly effects: Effects;
}

export interface Gzipped {
  readonly file: string;
  readonly bytes: number;
  readonly gzipped: number;
}

/** Compresses a file of the folder. The payload is its path there: `{"path": "reports/2026.csv"}`. */
export function gzipWork(options: GzipOptions): Work {
  const schema = z.strictObject(
    { path: pathWithin(options.folder) },
    { error: 'must be an object like {"path": "a.txt"}' },
  );
  return {
    schema,
    run: (input, context) => {
      const { path } = schema.parse(input);
      return options.effects.once(context.id, () => gzip(path, options, context));
    },
  };
}

function pathWithin(folder: string) {
  const error = "must be the path of a file within the folder of the service";
  return z
    .string({ error })
    .min(1, { error })
    .max(1_024, { error: "must have at most 1024 characters" })
    .refine((path) => !path.includes("\0") && !isAbsolute(path) && isWithin(folder, resolve(folder, path)), {
      error,
    });
}

/** The file is there whole or not at all, and under its name only when it is on the disk. */
async function gzip(path: string, options: GzipOptions, { signal, log }: WorkContext): Promise<Gzipped> {
  const { folder, out, scratch } = options;
  const source = await find(folder, path);
  const incomplete = join(scratch, randomUUID());
  try {
    const gzipped = createWriteStream(incomplete, { flags: "wx", flush: true });
    await pipeline(createReadStream(source.path), createGzip(), gzipped, { signal });
    const file = `${relative(folder, resolve(folder, path))}.gz`;
    const place = dirname(join(out, file));
    await mkdir(place, { recursive: true });
    await rename(incomplete, join(out, file));
    await flush(place);
    log.debug({ file }, "written");
    return { file, bytes: source.bytes, gzipped: gzipped.bytesWritten };
  } finally {
    await rm(incomplete, { force: true });
  }
}

/** A new name is on the disk when its folder is. */
async function flush(folder: string): Promise<void> {
  if (process.platform === "win32") return; // There no folder can be opened, and none need be.
  await using handle = await open(folder, "r");
  await handle.sync();
}

/** Follows links before it looks where the file is: one may lead outside. */
async function find(folder: string, path: string) {
  const found = await realpath(resolve(folder, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "ELOOP")
      throw new PermanentError(`Cannot gzip ${path}: there must be a file of this name`);
    throw error;
  });
  if (!isWithin(await realpath(folder), found))
    throw new PermanentError(
      `Cannot gzip ${path}: it must be in the folder of the service, and leads outside`,
    );
  const { size, isFile } = await stat(found).then((stats) => ({ size: stats.size, isFile: stats.isFile() }));
  if (!isFile) throw new PermanentError(`Cannot gzip ${path}: it must be a file`);
  return { path: found, bytes: size };
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
