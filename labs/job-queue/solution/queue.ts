import { WaitGroup } from "@pattern-labs/primitives/wait-group";
import type {
  EnqueueOptions,
  Job,
  JobContext,
  JobQueue,
  JobRecord,
  ListQuery,
  StopOptions,
} from "../contract.ts";
import { Bell } from "../given/bell.ts";
import { StoppedError } from "../given/errors.ts";
import { newJob, typeOf } from "../given/new-job.ts";
import { checkStop, type Settings } from "../given/options.ts";
import { writeCancelled } from "./challenges/cancelling.ts";
import { afterChildren, Children, waitingFor } from "./challenges/children.ts";
import { checkSameBody, idOfKey } from "./challenges/idempotency.ts";
import { insertUnique, scheduled } from "./challenges/scheduling.ts";
import { buried, completed, failed, givenBack, hasCrashedTooOften, replayed } from "./ends.ts";
import { Lease } from "./lease.ts";

export class StoreQueue implements JobQueue {
  readonly #settings: Settings;
  /** By the id of the job: from the claim until its end is stored and its handler has ended. */
  readonly #inHand = new Map<string, Lease>();
  /** Counts the loop that takes jobs, and each job in hand. */
  readonly #underWay = new WaitGroup();
  /** Rung when there may be something to take, or to end. */
  readonly #bell = new Bell();
  readonly #paused = new Set<string>();
  #hasStarted = false;
  #isStopping = false;
  #stopped: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async enqueue(type: string, payload: unknown, options: EnqueueOptions = {}): Promise<string> {
    const { types } = this.#settings;
    const { key, id = key === undefined ? undefined : idOfKey(key) } = options;
    const job = scheduled(newJob(types, type, payload, id), options);
    await this.#insert(job, options);
    this.#bell.ring();
    return job.id;
  }

  async #insert(job: JobRecord, { key, unique = false }: EnqueueOptions): Promise<void> {
    const { store } = this.#settings;
    if (unique) return await insertUnique(store, job);
    const isNew = await store.insert(job);
    const stored = isNew || key === undefined ? undefined : await store.get(job.id);
    if (key !== undefined && stored !== undefined) checkSameBody(key, job, stored);
  }

  async get(id: string): Promise<Job | undefined> {
    return await this.#settings.store.get(id);
  }

  async list(query: ListQuery): Promise<readonly Job[]> {
    return await this.#settings.store.list(query);
  }

  async replay(id: string): Promise<boolean> {
    const { store } = this.#settings;
    const job = await store.get(id);
    if (job?.state !== "dead" || !(await store.swap(replayed(job)))) return false;
    this.#bell.ring();
    return true;
  }

  async cancel(id: string): Promise<boolean> {
    const isCancelled = await writeCancelled(this.#settings.store, id);
    if (isCancelled) this.#inHand.get(id)?.cancel();
    return isCancelled;
  }

  pause(type: string): void {
    typeOf(this.#settings.types, type);
    this.#paused.add(type);
  }

  resume(type: string): void {
    typeOf(this.#settings.types, type);
    this.#paused.delete(type);
    this.#bell.ring();
  }

  start(): void {
    if (this.#isStopping) throw new StoppedError();
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    void this.#underWay.go(() => this.#takeJobs());
  }

  async stop(options: StopOptions): Promise<void> {
    checkStop(options);
    this.#isStopping = true;
    this.#stopped ??= this.#finish(options);
    return await this.#stopped;
  }

  async #takeJobs(): Promise<void> {
    while (!this.#isStopping) {
      this.#bell.reset();
      for (const job of await this.#findJobs()) this.#take(job);
      if (!this.#isStopping) await this.#bell.wait(this.#settings.pollMs);
    }
  }

  async #findJobs(): Promise<readonly JobRecord[]> {
    const { store, types, concurrency, onError } = this.#settings;
    if (this.#inHand.size === concurrency) return [];
    try {
      // Not only as many as there are places: some of those that it gives may be in our hands already.
      const wanted = Object.keys(types).filter((type) => !this.#paused.has(type));
      const found = await store.claimable({ now: Date.now(), limit: concurrency, types: wanted });
      const free = found.filter((job) => this.#mayBegin(job) && !this.#inHand.has(job.id));
      return free.slice(0, concurrency - this.#inHand.size);
    } catch (error) {
      onError(error);
      return [];
    }
  }

  #take(job: JobRecord): void {
    const lease = new Lease(job, this.#settings);
    this.#inHand.set(job.id, lease);
    void this.#underWay.go(async () => {
      await this.#do(lease);
      this.#inHand.delete(job.id);
      this.#bell.ring();
    });
  }

  async #do(lease: Lease): Promise<void> {
    if (hasCrashedTooOften(lease.job, this.#settings)) return await lease.bury(buried(lease.job));
    if (!(await lease.claim())) return;
    if (!this.#mayBegin(lease.job) || lease.isOver) return await lease.end(givenBack());

    // What an end says is decided when the handler ends, not when its turn comes to be written.
    const end = await lease.during((signal) =>
      this.#work(lease, signal).catch((error: unknown) => this.#endAfter(error, lease)),
    );
    if (end !== undefined) await lease.end(end);
  }

  #mayBegin({ type }: JobRecord): boolean {
    return !this.#isStopping && !this.#paused.has(type);
  }

  async #work(lease: Lease, signal: AbortSignal): Promise<Partial<JobRecord>> {
    const { job } = lease;
    if (job.children !== undefined) return await afterChildren(job, this.#settings);
    const children = new Children(job.id, this.#settings);
    const result = await this.#call(job, {
      id: job.id,
      attempt: job.attempts + 1,
      signal,
      progress: structuredClone(job.progress),
      report: (progress) => lease.report(progress),
      addChild: (name, type, payload) => children.add(name, type, payload),
    });
    if (children.ids.length > 0) return waitingFor(children.ids, result, this.#settings);
    return completed(job, result);
  }

  async #call({ type, payload }: JobRecord, context: JobContext): Promise<unknown> {
    const copy = structuredClone(payload); // What the handler does to it must not be stored.
    return await typeOf(this.#settings.types, type).run(copy, context);
  }

  #endAfter(error: unknown, lease: Lease): Partial<JobRecord> | undefined {
    if (lease.isLost) return undefined; // Whoever takes it next counts a crash.
    if (lease.isAborted) return givenBack();
    return failed(lease.job, error, this.#settings);
  }

  async #finish({ deadlineMs, graceMs = 0 }: StopOptions): Promise<void> {
    this.#bell.ring();
    const deadline = new AbortController();
    const hurry = setTimeout(() => this.#abortAll(), deadlineMs - graceMs);
    const giveUp = setTimeout(() => deadline.abort(), deadlineMs);
    await this.#underWay.wait(deadline).catch(() => {});
    clearTimeout(hurry);
    clearTimeout(giveUp);
    this.#abortAll(); // Both timers may be due at the same moment.
    for (const lease of this.#inHand.values()) lease.abandon();
  }

  #abortAll(): void {
    const reason = new StoppedError();
    for (const lease of this.#inHand.values()) lease.abort(reason);
  }
}
