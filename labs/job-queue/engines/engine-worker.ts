import { randomUUID } from "node:crypto";
import { fullJitterMs } from "@pattern-labs/primitives/retry";
import { Semaphore } from "@pattern-labs/primitives/semaphore";
import { WaitGroup } from "@pattern-labs/primitives/wait-group";
import { type ConnectionOptions, type IQueueBackend, UnrecoverableError, Worker } from "bullmq";
import type { JobType, StopOptions } from "../contract.ts";
import { Bell } from "../given/bell.ts";
import { StoppedError, textOf } from "../given/errors.ts";
import { NotJsonError } from "../stores/sqlite/json.ts";
import { EngineLease } from "./engine-lease.ts";
import { isAway } from "./errors.ts";
import type { EngineSettings } from "./options.ts";
import type { Server } from "./server.ts";
import { type Body, crashesOf, idOf, jobOf, outcomeOf, payloadOf, type StoredJob } from "./stored-job.ts";

type Fetching = Worker<Body, unknown, string, IQueueBackend, never, ConnectionOptions>;

/**
 * The end of the engine that does jobs. BullMQ claims, locks, delays and counts; which job is begun, and how each ends,
 * is decided here, by its interface for jobs that are fetched by hand. Its own loop would write a failure where an end
 * could not be stored, and would have no word for "given back".
 */
export class EngineWorker {
  readonly #settings: EngineSettings;
  readonly #engine: Fetching;
  readonly #places: Semaphore;
  readonly #inHand = new Set<EngineLease>();
  /** Counts the loop that fetches, and each job in hand. */
  readonly #underWay = new WaitGroup();
  readonly #stopping = new Bell();
  #isStopping = false;

  constructor(settings: EngineSettings, { factory, patient }: Server) {
    this.#settings = settings;
    this.#places = new Semaphore(settings.concurrency);
    const options = {
      connection: patient,
      autorun: false,
      lockDuration: settings.leaseMs,
      stalledInterval: settings.pollMs, // How long a lock may be over before anybody notices.
      maxStalledCount: 2 ** 31 - 1, // Crashes are judged here: BullMQ does not forget them when a job is replayed.
      settings: { backoffStrategy: (attempts: number) => Math.ceil(fullJitterMs(attempts, settings)) },
    };
    this.#engine = new Worker(settings.name, undefined, options, factory);
    this.#engine.on("error", (error) => this.#tell(error));
  }

  async waitUntilReady(): Promise<void> {
    await this.#engine.waitUntilReady();
  }

  /** Begins to fetch jobs; called once. */
  start(): void {
    void this.#engine.startStalledCheckTimer();
    void this.#underWay.go(() => this.#fetchJobs());
  }

  /** See `JobQueue.stop`. Afterwards its connections are closed. */
  async stop({ deadlineMs, graceMs = 0 }: StopOptions): Promise<void> {
    this.#isStopping = true;
    this.#stopping.ring();
    await this.#engine.pause(true); // It begins nothing; what was claimed just now comes back to us.
    const deadline = new AbortController();
    const hurry = setTimeout(() => this.#abortAll(), deadlineMs - graceMs);
    const giveUp = setTimeout(() => deadline.abort(), deadlineMs);
    if (this.#underWay.count > 0) void this.#waitNoMore();
    const inTime = this.#underWay.wait(deadline).then(() => this.#engine.close(true));
    const late = new Promise((resolve) => deadline.signal.addEventListener("abort", resolve));
    await Promise.race([inTime.catch(() => {}), late]);
    clearTimeout(hurry);
    clearTimeout(giveUp);
    this.#abortAll();
    for (const lease of this.#inHand) lease[Symbol.dispose]();
    void this.#engine.close(true); // It is closed already, unless it was late.
  }

  /** Ends the wait for a job at the server. */
  async #waitNoMore(): Promise<void> {
    try {
      await this.#engine.getBackend().disconnectBlocking(false);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** One waits at the server for all places; whoever has done a job looks for the next one itself. */
  async #fetchJobs(): Promise<void> {
    while (!this.#isStopping) {
      const place = await this.#places.acquire();
      const claim = await this.#fetch({ block: true });
      if (claim === undefined) place[Symbol.dispose]();
      else void this.#underWay.go(() => this.#doFrom(claim)).finally(() => place[Symbol.dispose]());
    }
  }

  async #doFrom(first: Claim): Promise<void> {
    let claim: Claim | undefined = first;
    while (claim !== undefined) {
      await this.#do(claim);
      claim = await this.#fetch({ block: false });
    }
  }

  /** With `block` it waits until there is one, but not for ever. */
  async #fetch({ block }: { readonly block: boolean }): Promise<Claim | undefined> {
    const token = randomUUID();
    try {
      const job = await this.#engine.getNextJob(token, { block });
      return job && { job, token };
    } catch (error) {
      this.#tell(error);
      if (block) await this.#stopping.wait(this.#settings.pollMs);
      return undefined;
    }
  }

  /** Never rejects. */
  async #do({ job, token }: Claim): Promise<void> {
    const renew = async () =>
      (await this.#engine.getBackend().extendLocks([job.id ?? ""], [token], this.#settings.leaseMs))
        .length === 0;
    using lease = new EngineLease(idOf(job), job.processedOn ?? Date.now(), renew, this.#settings);
    this.#inHand.add(lease);
    try {
      const end = await this.#work(job, token, lease);
      if (end !== undefined && (await lease.write(end.write))) this.#report(job, end.isBack);
    } catch (error) {
      this.#tell(error);
    }
    this.#inHand.delete(lease);
  }

  /** Resolves with what is to be written, if anything is. */
  async #work(job: StoredJob, token: string, lease: EngineLease): Promise<End | undefined> {
    const giveBack = { write: () => job.moveToWait(token), isBack: true };
    const crashes = crashesOf(job);
    if (crashes > this.#settings.crashRetries) {
      const why = `Its worker died, or lost its lease, ${crashes} times`;
      return { write: () => job.moveToFailed(new UnrecoverableError(why), token) };
    }
    if (this.#isStopping || lease.hasRunOut) return giveBack;
    const type = this.#typeOf(job.name);
    if (type === undefined) {
      // It is left to queues that have its type, and comes back if there are none.
      const later = Date.now() + this.#settings.pollMs;
      return { write: () => job.moveToDelayed(later, token), isBack: true };
    }
    try {
      this.#settings.onEvent("claimed", jobOf(job, "active"));
      const context = { id: idOf(job), attempt: job.attemptsMade + 1, signal: lease.signal };
      const outcome = outcomeOf(await type.run(payloadOf(job), context));
      return { write: () => job.moveToCompleted(outcome, token, false) };
    } catch (error) {
      if (lease.isLost) return undefined; // Whoever takes it next counts a crash.
      if (lease.signal.aborted) return giveBack;
      return { write: () => job.moveToFailed(this.#failureOf(error), token) };
    }
  }

  /** BullMQ has noted in its job what was stored of it. */
  #report(job: StoredJob, isBack = false): void {
    const stored = jobOf(job, "waiting");
    const { state } = stored;
    if (isBack || state === "pending")
      this.#settings.onEvent("pending again", { ...stored, state: "pending" });
    else if (state !== "running") this.#settings.onEvent(state, stored);
  }

  #typeOf(name: string): JobType | undefined {
    return Object.hasOwn(this.#settings.types, name) ? this.#settings.types[name] : undefined;
  }

  /** The error as a text that any store takes. An UnrecoverableError is not tried again. */
  #failureOf(error: unknown): Error {
    const text = textOf(error).toWellFormed().replaceAll("\0", "\u{fffd}");
    const isPermanent = error instanceof NotJsonError || this.#settings.isPermanent(error);
    return isPermanent ? new UnrecoverableError(text) : new Error(text);
  }

  /** That its connections are closed is no news to who stops it. */
  #tell(error: unknown): void {
    if (!this.#isStopping || !isAway(error)) this.#settings.onError(error);
  }

  #abortAll(): void {
    const reason = new StoppedError();
    for (const lease of this.#inHand) lease.abort(reason);
  }
}

/** What is to be written of a job. */
interface End {
  readonly write: () => Promise<unknown>;
  /** It was not done, and that was not its fault. */
  readonly isBack?: boolean;
}

/** A job that the engine has given to this worker, and the token by which the engine knows that. */
interface Claim {
  readonly job: StoredJob;
  readonly token: string;
}
