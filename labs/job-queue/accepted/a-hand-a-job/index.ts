import { fullJitterMs } from "@pattern-labs/primitives/retry";
import { WaitGroup } from "@pattern-labs/primitives/wait-group";
import type {
  EnqueueOptions,
  Job,
  JobQueue,
  JobRecord,
  JobStore,
  JobType,
  Lab,
  ListQuery,
  QueueOptions,
  StopOptions,
} from "../../contract.ts";
import { StoppedError, UnknownTypeError } from "./errors.ts";
import { Hand } from "./hand.ts";

export function createQueue(options: QueueOptions): JobQueue {
  return new Queue(options);
}

/** Name the challenges here that you take up, and their tests will run. */
export const attempted: Lab["attempted"] = ["lost-answers"];

class Queue implements JobQueue {
  readonly #store: JobStore;
  readonly #types: Readonly<Record<string, JobType>>;
  readonly #typeNames: readonly string[];
  readonly #concurrency: number;
  readonly #pollMs: number;
  readonly #leaseMs: number;
  readonly #retries: number;
  readonly #crashRetries: number;
  readonly #delayMs: (attempts: number) => number;
  readonly #isPermanent: (error: unknown) => boolean;
  readonly #onError: (error: unknown) => void;

  /** By the job's id: from the call that claims it until nothing of it is left to do. */
  readonly #inHand = new Map<string, Hand>();
  readonly #atWork = new WaitGroup();
  /** Versions whose claim was refused, by id: a store that tells of them still is not asked in circles. */
  readonly #outdated = new Map<string, number>();
  #started = false;
  #stopped: Promise<void> | undefined;
  #isStopping = false;
  #isClosed = false;
  /** Something happened since the store was asked for the last time: what it answers may be too little. */
  #woken = false;
  #endPause: (() => void) | undefined;

  constructor(options: QueueOptions) {
    const { concurrency = 10, pollMs = 1_000, leaseMs = 30_000, retries = 3, crashRetries = 3 } = options;
    const { baseDelayMs = 1_000, maxDelayMs = 60_000, random = Math.random } = options;
    checkWhole("concurrency", concurrency, 1);
    checkMs("pollMs", pollMs, 1);
    checkMs("leaseMs", leaseMs, 1);
    checkWhole("retries", retries, 0);
    checkWhole("crashRetries", crashRetries, 0);
    checkMs("baseDelayMs", baseDelayMs, 0);
    checkMs("maxDelayMs", maxDelayMs, 0);
    this.#store = options.store;
    this.#types = options.types;
    this.#typeNames = Object.getOwnPropertyNames(options.types);
    this.#concurrency = concurrency;
    this.#pollMs = pollMs;
    this.#leaseMs = leaseMs;
    this.#retries = retries;
    this.#crashRetries = crashRetries;
    this.#delayMs = (attempts) => fullJitterMs(attempts, { baseDelayMs, maxDelayMs, random });
    this.#isPermanent = options.isPermanent ?? (() => false);
    this.#onError = options.onError ?? (() => {});
  }

  async enqueue(type: string, payload: unknown, options?: EnqueueOptions): Promise<string> {
    const jobType = this.#typeOf(type);
    if (jobType === undefined) throw new UnknownTypeError(type);
    const parsed = jobType.schema.parse(payload);
    const id = options?.id ?? crypto.randomUUID();
    const now = Date.now();
    await this.#store.insert({
      id,
      type,
      payload: parsed,
      state: "pending",
      attempts: 0,
      crashes: 0,
      dueAt: now,
      createdAt: now,
      updatedAt: now,
      version: 1,
      leaseUntil: 0,
      leaseId: "",
    });
    this.#wake();
    return id;
  }

  async get(id: string): Promise<Job | undefined> {
    return this.#store.get(id);
  }

  async list(query: ListQuery): Promise<readonly Job[]> {
    return this.#store.list(query);
  }

  async replay(id: string): Promise<boolean> {
    const job = await this.#store.get(id);
    if (job?.state !== "dead") return false;
    const now = Date.now();
    const replayed = await this.#store.swap({
      ...job,
      state: "pending",
      attempts: 0,
      crashes: 0,
      dueAt: now,
      updatedAt: now,
      version: job.version + 1,
      leaseUntil: 0,
      leaseId: "",
    });
    if (replayed) this.#wake();
    return replayed;
  }

  start(): void {
    if (this.#stopped !== undefined) throw new StoppedError("Cannot start the queue: it was stopped");
    if (this.#started) return;
    this.#started = true;
    void this.#look();
  }

  async stop({ deadlineMs, graceMs = 0 }: StopOptions): Promise<void> {
    checkMs("deadlineMs", deadlineMs, 0);
    checkMs("graceMs", graceMs, 0);
    if (graceMs > deadlineMs)
      throw new RangeError(`graceMs must not be greater than deadlineMs (${deadlineMs}), got ${graceMs}`);
    this.#stopped ??= this.#stop(deadlineMs, graceMs);
    return this.#stopped;
  }

  async #stop(deadlineMs: number, graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    for (const hand of this.#inHand.values()) hand.wake();
    const deadline = Promise.withResolvers<void>();
    const grace = setTimeout(() => this.#tellToEnd(), deadlineMs - graceMs);
    const end = setTimeout(() => {
      this.#close();
      deadline.resolve();
    }, deadlineMs);
    await Promise.race([this.#atWork.wait(), deadline.promise]);
    clearTimeout(grace);
    clearTimeout(end);
    this.#close();
  }

  #tellToEnd(): void {
    const reason = new StoppedError("The queue stops, and its patience is at an end");
    for (const hand of this.#inHand.values()) hand.tellToEnd(reason);
  }

  /** Nothing that comes after this calls the store, or is told. */
  #close(): void {
    this.#isClosed = true;
    for (const hand of this.#inHand.values()) hand.drop();
    this.#tellToEnd();
  }

  /** Looks for jobs, one question at a time, for as long as there are free places, and begins what it finds. */
  async #look(): Promise<void> {
    while (!this.#isStopping) {
      this.#woken = false;
      if (this.#inHand.size >= this.#concurrency) {
        await this.#pause(undefined);
        continue;
      }
      const askedAt = Date.now();
      const found = await this.#ask(askedAt);
      if (this.#isStopping) return;
      this.#forgetOutdatedBut(found);
      for (const job of found) if (this.#inHand.size < this.#concurrency) this.#take(job);
      if (this.#woken) continue;
      const isFull = this.#inHand.size >= this.#concurrency;
      await this.#pause(isFull ? undefined : askedAt + this.#pollMs - Date.now());
    }
  }

  async #ask(now: number): Promise<readonly JobRecord[]> {
    try {
      // What it has in hand itself may be among the answers, and must leave room for what is new.
      const limit = this.#concurrency;
      return await this.#store.claimable({ now, limit, types: this.#typeNames });
    } catch (error) {
      this.#report(error);
      return [];
    }
  }

  #take(job: JobRecord): void {
    const type = this.#typeOf(job.type);
    if (type === undefined || this.#inHand.has(job.id)) return;
    if (job.version <= (this.#outdated.get(job.id) ?? 0)) return;
    const hand = new Hand(job, {
      type,
      store: this.#store,
      leaseMs: this.#leaseMs,
      retries: this.#retries,
      crashRetries: this.#crashRetries,
      delayMs: this.#delayMs,
      isPermanent: this.#isPermanent,
      isStopping: () => this.#isStopping,
      report: (error) => this.#report(error),
    });
    this.#inHand.set(job.id, hand);
    void this.#atWork.go(async () => {
      await hand.work();
      if (hand.wasRefused) this.#outdated.set(job.id, job.version);
      this.#inHand.delete(job.id);
      this.#wake();
    });
  }

  #forgetOutdatedBut(found: readonly JobRecord[]): void {
    const ids = new Set(found.map(({ id }) => id));
    for (const id of this.#outdated.keys()) if (!ids.has(id)) this.#outdated.delete(id);
  }

  #typeOf(name: string): JobType | undefined {
    return Object.hasOwn(this.#types, name) ? this.#types[name] : undefined;
  }

  #report(error: unknown): void {
    if (!this.#isClosed) this.#onError(error);
  }

  #wake(): void {
    this.#woken = true;
    this.#endPause?.();
  }

  /** Until it is woken, or the time has passed. */
  async #pause(ms: number | undefined): Promise<void> {
    if (ms !== undefined && ms <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    this.#endPause = resolve;
    await promise;
    this.#endPause = undefined;
    clearTimeout(timer);
  }
}

const longestMs = 2_147_483_647;

function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${name} must be a whole number from ${least}, got ${String(value)}`);
}

function checkMs(name: string, value: number, least: number): void {
  if (typeof value !== "number" || !(value >= least && value <= longestMs))
    throw new RangeError(`${name} must be a number from ${least} to ${longestMs}, got ${String(value)}`);
}
