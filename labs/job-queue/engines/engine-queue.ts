import { timeout } from "@pattern-labs/primitives/timeout";
import { Queue } from "bullmq";
import type {
  EnqueueOptions,
  Job,
  JobQueue,
  ListQuery,
  QueueChallenges,
  State,
  StopOptions,
} from "../contract.ts";
import { StoppedError } from "../given/errors.ts";
import { newJob } from "../given/new-job.ts";
import { checkSchedule, checkStop } from "../given/options.ts";
import { checkSameBody, idOfKey } from "../solution/challenges/idempotency.ts";
import { countJobs, type Engine, listJobs } from "./engine-lists.ts";
import { EngineWorker } from "./engine-worker.ts";
import { EngineError, isAnswer, isAway, isRefusal, messageOf } from "./errors.ts";
import { type EngineOptions, type EngineSettings, engineSettingsOf } from "./options.ts";
import { type Server, serverAt } from "./server.ts";
import {
  bodyOf,
  crashesOf,
  endOf,
  engineId,
  jobOf,
  jobOptions,
  readBody,
  type StoredJob,
} from "./stored-job.ts";

export { EngineError } from "./errors.ts";
export type { EngineOptions } from "./options.ts";

/** A job queue on a server: any number of processes on any number of machines share its jobs. */
export interface EngineQueue extends JobQueue, Pick<QueueChallenges, "cancel">, AsyncDisposable {
  /**
   * A job that waits is taken away, and forgotten: `get` knows it no more. One that runs is not cancelled.
   *
   * @returns Whether it was taken away.
   */
  cancel(id: string): Promise<boolean>;
  /** How many jobs of each state the server has. Those that wait for a retry are counted as pending. */
  countJobs(): Promise<Readonly<Record<State, number>>>;
  /** Stops without patience unless `stop` was called, and hangs up. Calling it again waits for the same. */
  close(): Promise<void>;
}

/**
 * The lab's queue on BullMQ, whose server is Redis or PostgreSQL. It is used as that on a store is; the README beside this
 * file says what differs.
 *
 * - Leases, retries, delays and order are the server's. It answers once a job is stored as safely as it is set up to:
 *   Redis needs `appendfsync always` and `noeviction`.
 * - While the server is away a call rejects with an EngineError, `onError` is told of some, and a worker goes on when it
 *   is back.
 *
 * @throws {EngineError} If there is no server at that address now; then no connection is left.
 * @throws {RangeError} For an option out of its range.
 *
 * @example
 * ```ts
 * await using queue = await openEngineQueue({ url: "redis://127.0.0.1:6379", types });
 * queue.start();
 * await queue.enqueue("mail", { to: "ann@example.org" });
 * ```
 */
export async function openEngineQueue(options: EngineOptions): Promise<EngineQueue> {
  const settings = engineSettingsOf(options);
  const server = serverAt(settings.url, settings.answerMs);
  const failed = Promise.withResolvers<never>();
  let told: (error: unknown) => void = failed.reject; // Until it is open, the first error is the answer.
  const listened = { ...settings, onError: (error: unknown) => told(error) };
  const queue = new ServerQueue(listened, server);
  try {
    // What closes each connection at once is no error to its client, which tries again for ever.
    const ready = () => Promise.race([queue.waitUntilReady(), failed.promise]);
    await timeout(ready, { ms: OPENING_QUESTIONS * settings.answerMs, graceMs: 0 });
    told = (error) => settings.onError(isAway(error) ? failureOf(server, "do jobs", error) : error);
    return queue;
  } catch (cause) {
    told = () => {};
    void queue.close();
    const rule = isAnswer(cause)
      ? `${server.place} must let it in, and refuses: ${messageOf(cause)}`
      : `${server.host} must answer, and does not: ${messageOf(cause)}`;
    throw new EngineError(`open queue "${settings.name}"`, server.host, rule, { cause });
  }
}

/** While it is opened the server is asked so many things, one after the other, or a few less. */
const OPENING_QUESTIONS = 4;

function failureOf({ host }: Server, doing: string, cause: unknown): EngineError {
  return new EngineError(doing, host, `${host} has failed: ${messageOf(cause)}`, { cause });
}

class ServerQueue implements EngineQueue {
  readonly #settings: EngineSettings;
  readonly #server: Server;
  readonly #engine: Engine;
  readonly #worker: EngineWorker;
  #hasStarted = false;
  #stopped: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: EngineSettings, server: Server) {
    this.#settings = settings;
    this.#server = server;
    this.#engine = new Queue(settings.name, { connection: server.hasty }, server.factory);
    this.#engine.on("error", (error) => this.#closed === undefined && settings.onError(error));
    this.#worker = new EngineWorker(settings, server);
  }

  async waitUntilReady(): Promise<void> {
    await this.#engine.waitUntilReady(); // First: on PostgreSQL it makes the tables.
    await this.#worker.waitUntilReady();
  }

  async enqueue(type: string, payload: unknown, options: EnqueueOptions = {}): Promise<string> {
    if (options.unique)
      throw new RangeError("Cannot enqueue a job: unique must be left out, an engine does not have it");
    checkSchedule(options);
    const { key, id = key === undefined ? undefined : idOfKey(key) } = options;
    const job = newJob(this.#settings.types, type, payload, id);
    const stored = { body: bodyOf(job), options: jobOptions(job, options, this.#settings) };
    await this.#ask("enqueue a job", () => this.#engine.add(type, stored.body, stored.options));
    this.#settings.onEvent("stored", job);
    if (key === undefined) return job.id;
    const first = await this.get(job.id);
    if (first !== undefined) checkSameBody(key, job, first);
    return job.id;
  }

  async get(id: string): Promise<Job | undefined> {
    return await this.#ask(`get job ${JSON.stringify(id)}`, async () => {
      for (;;) {
        const job = await this.#find(id);
        if (job === undefined || endOf(job) !== undefined) return job && jobOf(job, "unknown");
        const state = await job.getState();
        // Otherwise it has ended, or was removed, since it was read.
        if (state !== "completed" && state !== "failed" && state !== "unknown") return jobOf(job, state);
      }
    });
  }

  async list(query: ListQuery): Promise<readonly Job[]> {
    return await this.#ask("list jobs", () => listJobs(this.#engine, query));
  }

  async replay(id: string): Promise<boolean> {
    return await this.#ask(`replay job ${JSON.stringify(id)}`, async () => {
      const job = await this.#find(id);
      if (job === undefined || endOf(job) !== "dead") return false;
      try {
        if (crashesOf(job) > 0) await job.updateData({ ...readBody(job), forgiven: job.stalledCounter });
        await job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
        this.#settings.onEvent("pending again", { ...jobOf(job, "waiting"), state: "pending", crashes: 0 });
        return true;
      } catch (error) {
        if (isRefusal(error)) return false; // Somebody else has replayed it.
        throw error;
      }
    });
  }

  async cancel(id: string): Promise<boolean> {
    return await this.#ask(`cancel job ${JSON.stringify(id)}`, async () => {
      const job = await this.#find(id);
      if (job === undefined || endOf(job) !== undefined) return false;
      if ((await this.#engine.getBackend().remove(engineId(id), false)) !== 1) return false; // Somebody holds its lock.
      this.#settings.onEvent("cancelled", { ...jobOf(job, "waiting"), state: "cancelled" });
      return true;
    });
  }

  async countJobs(): Promise<Readonly<Record<State, number>>> {
    return await this.#ask("count the jobs", () => countJobs(this.#engine));
  }

  start(): void {
    if (this.#stopped !== undefined) throw new StoppedError();
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#worker.start();
  }

  async stop(options: StopOptions): Promise<void> {
    checkStop(options);
    this.#stopped ??= this.#worker.stop(options);
    await this.#stopped;
  }

  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.stop({ deadlineMs: 0 });
    await this.#engine.getBackend().close(true);
  }

  async #find(id: string): Promise<StoredJob | undefined> {
    return await this.#engine.getJob(engineId(id));
  }

  /** @throws {EngineError} If the server does not answer, or refuses. What it may have done nobody knows. */
  async #ask<T>(doing: string, call: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined)
      throw new EngineError(doing, this.#server.host, "the queue must be open, and is closed");
    try {
      // Of one question, the clients see to that; a call may ask several, or wait for a connection before it asks.
      return await timeout(call, { ms: this.#settings.answerMs, graceMs: 0 });
    } catch (cause) {
      if (cause instanceof RangeError) throw cause; // An id that no job can have.
      throw failureOf(this.#server, doing, cause);
    }
  }
}
