import { createHash } from "node:crypto";
import type { Sim } from "@pattern-labs/testkit";
import type { OpenFile } from "../contract.ts";

export interface DiskOptions {
  /** How many chunks a file has. Default 1. */
  readonly chunks?: number;
  /** What a read of a file waits for. Default: a chunk arrives whenever the explorer says so. */
  readonly read?: (path: string, chunk: number) => Promise<unknown>;
  /** What closing a file early waits for. Default: nothing. */
  readonly close?: (path: string) => Promise<unknown>;
  /** Whether a read ends as soon as the file's signal aborts. Default true. */
  readonly heedsSignal?: boolean;
}

const END = { done: true, value: undefined } as const;

/** A disk whose files hold what `sha256Of` tells, and which counts, by itself, how many of them are open. */
export class Disk {
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  peak = 0;
  readonly #sim: Sim;
  readonly #options: DiskOptions;

  constructor(sim: Sim, options: DiskOptions = {}) {
    this.#sim = sim;
    this.#options = options;
  }

  get open(): number {
    return this.opened.length - this.closed.length;
  }

  /** The files that are open. */
  get left(): readonly string[] {
    return this.opened.filter((path) => !this.closed.includes(path));
  }

  readonly openFile: OpenFile = (path, { signal }) => {
    this.opened.push(path);
    this.peak = Math.max(this.peak, this.open);
    const span = this.#sim.recorder.begin("files", "running", path);
    return this.#sim.as(path, () =>
      read(path, signal, {
        chunks: 1,
        read: () => this.#sim.io("chunk"),
        close: () => Promise.resolve(),
        heedsSignal: true,
        ...this.#options,
        closed: (how) => {
          this.closed.push(path);
          this.#sim.recorder.end(span, how);
        },
      }),
    );
  };
}

interface Reading extends Required<DiskOptions> {
  readonly closed: (how: "ok" | "failed" | "cancelled") => void;
}

function read(
  path: string,
  signal: AbortSignal,
  { chunks, read: readChunk, close, heedsSignal, closed }: Reading,
): AsyncIterableIterator<Uint8Array> {
  const memory = new Uint8Array(8); // The same for all chunks: who keeps one finds another in it later.
  let state: "open" | "closing" | "closed" = "open";
  let count = 0;
  let waiting: PromiseWithResolvers<unknown> | undefined;
  const end = (how: "ok" | "failed" | "cancelled") => {
    state = "closed";
    closed(how);
  };
  const endEarly = async () => {
    if (state !== "open") return;
    state = "closing";
    waiting?.resolve(undefined);
    await close(path);
    end("cancelled");
  };
  return {
    async next() {
      if (state !== "open") return END;
      if (count === chunks) {
        end("ok");
        return END;
      }
      waiting = Promise.withResolvers();
      const abort = () => waiting?.reject(signal.reason);
      if (heedsSignal) {
        if (signal.aborted) abort();
        signal.addEventListener("abort", abort);
      }
      try {
        readChunk(path, count).then(waiting.resolve, waiting.reject);
        await waiting.promise;
      } catch (error) {
        if (signal.aborted && error === signal.reason) await endEarly();
        else if (state === "open") end("failed");
        throw error;
      } finally {
        signal.removeEventListener("abort", abort);
      }
      if (state !== "open") return END;
      fill(memory, path, count);
      count += 1;
      return { done: false, value: memory };
    },
    async return() {
      await endEarly();
      return END;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function fill(memory: Uint8Array, path: string, chunk: number): void {
  memory.set(Buffer.from(`${chunk}:${path}`.padEnd(8, ".").slice(0, 8)));
}

/** What the hash of a file on the disk must be. */
export function sha256Of(path: string, chunks = 1): string {
  const hash = createHash("sha256");
  const memory = new Uint8Array(8);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    fill(memory, path, chunk);
    hash.update(memory);
  }
  return hash.digest("hex");
}
