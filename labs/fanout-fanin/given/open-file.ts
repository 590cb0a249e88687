import { closeSync, constants, fstatSync, open, read } from "node:fs";
import { promisify } from "node:util";
import { type ByteName, toBytes } from "@pattern-labs/demo/files";
import type { OpenFile } from "../contract.ts";

/** Hears when a file is opened and when it is closed again. */
export interface FileGauge {
  /** @returns To be called once, when it is closed; with the error if it could not be read. */
  opened(name: ByteName): (error?: unknown) => void;
  /** So much of a file was read. */
  read(bytes: number): void;
}

/**
 * Opens the files below `root` for an answer: real ones, from the disk. What may wait for the disk, opening and reading,
 * is done by libuv's threads; what the system answers from memory, size and closing, is done at once, which takes a
 * third less time than asking a thread for it.
 */
export function fileOpener(root: ByteName, gauge: FileGauge = NO_GAUGE): OpenFile {
  return (name, { signal }) => {
    const close = gauge.opened(name);
    let isOpen = true;
    const end = (error?: unknown) => {
      if (isOpen) close(error);
      isOpen = false;
    };
    const chunks = readChunks(toBytes(`${root}/${name}`), signal, gauge, end);
    const file: AsyncIterableIterator<Uint8Array> = {
      next: () => chunks.next(),
      // Waits for the read that is under way. It may also come before the first `next`: then the generator never began.
      return: () => chunks.return(undefined).finally(() => end()),
      [Symbol.asyncIterator]() {
        return file;
      },
    };
    return file;
  };
}

const NO_GAUGE: FileGauge = { opened: () => () => {}, read() {} };

/** Larger pieces are no quicker, and each file that is open holds one. */
const CHUNK_BYTES = 256 * 1_024;

/**
 * Between the walk and the opening a file may have become something else. A link is not followed; a fifo, which would
 * hold a thread until somebody writes into it, is opened without waiting; what is no file is not read.
 */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const openSoon = promisify(open);
const readSoon = promisify(read);

async function* readChunks(
  path: Buffer,
  signal: AbortSignal,
  gauge: FileGauge,
  end: (error?: unknown) => void,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  try {
    signal.throwIfAborted();
    const file = await openSoon(path, FLAGS);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new Error("it is no file any more");
      // One byte more than there are: a read that does not fill it has come to the end.
      const buffer = Buffer.allocUnsafeSlow(Math.min(stats.size + 1, CHUNK_BYTES));
      for (let filled = true; filled; ) {
        signal.throwIfAborted();
        const { bytesRead } = await readSoon(file, buffer, 0, buffer.length, null);
        gauge.read(bytesRead);
        if (bytesRead > 0) yield buffer.subarray(0, bytesRead); // Valid until the next one is asked for.
        filled = bytesRead === buffer.length;
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    end(error);
    throw error;
  } finally {
    end();
  }
}
