import { createQueue } from "#lab";
import { openSqliteStore } from "../../stores/sqlite-store.ts";
import { openEngineQueue } from "../engine-queue.ts";
import type { AnyOptions, AnyQueue } from "./jobs-place.ts";

/** Where jobs are, as one process tells another. */
export type Address = { readonly file: string } | { readonly url: string; readonly name: string };

/** What a worker or a producer in a process of its own is told. */
export interface ProcessOptions {
  readonly address: Address;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly crashRetries: number;
  /** Where a worker writes down each effect, a line for each. */
  readonly effects: string;
  /** The file for which a job that blocks its process waits. */
  readonly release: string;
  /** The numbers of the jobs that a producer enqueues. */
  readonly from: number;
  readonly to: number;
}

export interface OpenQueue extends AsyncDisposable {
  readonly queue: AnyQueue;
}

/** When it is left the queue is stopped at once, and the place closed. */
export async function openAt(address: Address, options: AnyOptions): Promise<OpenQueue> {
  if ("url" in address) {
    const queue = await openEngineQueue({ ...options, ...address });
    return { queue, [Symbol.asyncDispose]: () => queue.close() };
  }
  const store = await openSqliteStore(address.file);
  const queue = createQueue({ ...options, store }) as AnyQueue;
  return {
    queue,
    async [Symbol.asyncDispose]() {
      await queue.stop({ deadlineMs: 0 });
      await store.close();
    },
  };
}
