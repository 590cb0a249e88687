import { createHash, randomUUIDv7 } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { complaintsOf, show } from "@pattern-labs/demo/service";
import type { Job } from "../contract.ts";
import { type Order, readOrder } from "./order.ts";
import { Problem, refuse } from "./problem.ts";
import type { ServiceQueue } from "./queue.ts";
import type { Work } from "./work/work.ts";

export interface JobsOptions {
  readonly queue: ServiceQueue;
  readonly types: Readonly<Record<string, Work>>;
}

/** What somebody asks for. */
export interface Wish {
  readonly type: string;
  readonly payload: unknown;
  readonly requestId: string;
  /** Whoever asks again with the same key gets the same job. */
  readonly key: string | undefined;
}

/** What the service needs of the jobs beyond the public queue. What it refuses is a `Problem`. */
export class Jobs {
  readonly #options: JobsOptions;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Resolves once the job is stored. */
  async add({
    type,
    payload,
    requestId,
    key,
  }: Wish): Promise<{ readonly id: string; readonly isNew: boolean }> {
    const order: Order = { requestId, input: this.#read(type, payload) };
    if (key === undefined) {
      // As the lab's queue makes its own: an index takes the next at its end.
      return { id: await this.#options.queue.enqueue(type, order, { id: randomUUIDv7() }), isNew: true };
    }
    const id = idFor(key);
    const before = await this.#options.queue.get(id);
    if (before === undefined) await this.#enqueueOnce(id, type, order);
    const stored = before ?? (await this.get(id));
    checkSame(stored, type, order.input, key);
    // Of two who come at the same time it is new to the one whose request is stored.
    return { id, isNew: before === undefined && readOrder(stored.payload).requestId === requestId };
  }

  /** @throws {Problem} 404 */
  async get(id: string): Promise<Job> {
    const job = await this.#options.queue.get(id);
    if (job === undefined) throw noJob(id);
    return job;
  }

  /** Cancelling it again does nothing. @throws {Problem} 404, 409 */
  async cancel(id: string): Promise<Job> {
    const { queue } = this.#options;
    const before = await this.get(id);
    const isCancelled = await queue.cancel(id);
    // Some queues forget at once what was cancelled.
    const job = (await queue.get(id)) ?? { ...before, state: isCancelled ? "cancelled" : before.state };
    if (isCancelled) return job;
    const isRunning = job.state === "running";
    const why = isRunning ? "it must wait, and it runs" : `it must not have ended, and is ${job.state}`;
    throw wrongState(job, `cannot cancel job ${show(id)}: ${why}`);
  }

  /** @throws {Problem} 404, 409 */
  async replay(id: string): Promise<void> {
    if (await this.#options.queue.replay(id)) return;
    const job = await this.get(id);
    throw wrongState(job, `cannot replay job ${show(id)}: it must be dead, and is ${job.state}`);
  }

  /** What the payload means to its type. */
  #read(type: string, payload: unknown): unknown {
    const { types } = this.#options;
    const work = Object.hasOwn(types, type) ? types[type] : undefined;
    if (work === undefined) {
      const rule = `must be one of ${Object.keys(types).join(", ")}`;
      throw refuse([{ field: "type", rule, got: show(type) }], { kind: "unknown-type" });
    }
    const read = work.schema.safeParse(payload);
    if (!read.success) throw refuse(complaintsOf(read.error, payload, ["payload"]));
    return read.data;
  }

  /** Of two who do it at the same time one stores it. What the queue tells the other is its own affair: it is looked at. */
  async #enqueueOnce(id: string, type: string, order: Order): Promise<void> {
    try {
      await this.#options.queue.enqueue(type, order, { id });
    } catch (error) {
      if ((await this.#options.queue.get(id)) === undefined) throw error;
    }
  }
}

/** The same for the same key, in any process: so the store itself sees to it that there is one job. */
const idFor = (key: string) => `key-${createHash("sha256").update(key).digest("base64url")}`;

function checkSame(stored: Job, type: string, input: unknown, key: string): void {
  const isSame = stored.type === type && isDeepStrictEqual(readOrder(stored.payload).input, asStored(input));
  if (isSame) return;
  const rule = "must be used again with the same type and payload only: it stands for another job";
  throw refuse([{ field: "Idempotency-Key", rule, got: show(key) }], { kind: "key-used-again" });
}

/** As it comes back from where it is kept as JSON. */
const asStored = (input: unknown): unknown => JSON.parse(JSON.stringify(input ?? null));

function noJob(id: string): Problem {
  const detail = `there is no job ${show(id)}: it was never stored, or has ended long ago and is forgotten`;
  return new Problem(404, "not-found", { detail });
}

export function wrongState(
  job: Job,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Problem {
  return new Problem(409, "wrong-state", { detail, more: { state: job.state }, headers });
}
