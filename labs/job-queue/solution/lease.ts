import { randomUUID } from "node:crypto";
import type { JobRecord } from "../contract.ts";
import { Bell } from "../given/bell.ts";
import { CancelledError, LeaseLostError } from "../given/errors.ts";
import type { Settings } from "../given/options.ts";

/** So often, at most, a job is written for the sake of its progress. */
const REPORT_MS = 1_000;

/** "refused": somebody else has written the record. "unknown": the store has not said by the end of the lease. */
type Written = "stored" | "refused" | "unknown";

/**
 * A job that is to be ours for a time. Its writes go out one after the other, since each must name the version that the
 * one before has left.
 */
export class Lease {
  readonly #settings: Settings;
  readonly #id = randomUUID();
  readonly #controller = new AbortController();
  readonly #bell = new Bell();
  /** As we have last written it; at first, as it was found. */
  #job: JobRecord;
  /** Until when it is ours as far as we know, or will be if we get it. */
  #until: number;
  #timer: NodeJS.Timeout | undefined;
  /** Challenge progress: what was reported and is not stored yet. */
  #report: Pick<JobRecord, "progress"> | undefined;
  #sentAt = 0;
  #hasEnded = false;
  #isLost = false;
  #isAbandoned = false;

  constructor(found: JobRecord, settings: Settings) {
    this.#job = found;
    this.#settings = settings;
    this.#until = this.#fromNow();
  }

  get job(): JobRecord {
    return this.#job;
  }

  get isOver(): boolean {
    return Date.now() >= this.#until;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  get isAborted(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Tries to make the job ours; true if it is. */
  async claim(): Promise<boolean> {
    const crashes = this.#job.crashes + (this.#job.state === "running" ? 1 : 0);
    const claimed = () => ({ state: "running", crashes, leaseUntil: this.#fromNow() }) as const;
    return (await this.#write(claimed)) === "stored" && !this.#isAbandoned;
  }

  /** Tries to write that it is dead, without doing it. */
  async bury(fields: Partial<JobRecord>): Promise<void> {
    await this.#write(() => ({ ...fields, leaseUntil: 0 }));
  }

  /** Calls `work`, and renews the lease until that has settled, and no renewal is under way. Settles as it does. */
  async during<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
    this.#setTimer();
    const working = work(this.#controller.signal).finally(() => {
      this.#hasEnded = true;
      this.#bell.ring();
    });
    working.catch(() => {}); // It is awaited below, but it may fail while a renewal is under way.
    while (!this.#hasEnded && !this.#isLost && !this.#isAbandoned) await this.#renewInTime();
    try {
      return await working;
    } finally {
      clearTimeout(this.#timer);
    }
  }

  /** Writes how it has ended. That the lease is over does no harm, as long as nobody else has written. */
  async end(fields: Partial<JobRecord>): Promise<void> {
    this.#hasEnded = true; // Or was never begun.
    const written = await this.#write(() => ({ ...fields, leaseUntil: 0 }));
    if (written !== "stored") this.#lose();
  }

  /** Challenge progress: it goes out with the next write, and there is one soon. */
  report(progress: unknown): void {
    if (this.#hasEnded || this.#isLost || this.#isAbandoned) return;
    const isFirst = this.#report === undefined;
    try {
      this.#report = { progress: structuredClone(progress) };
      if (isFirst) this.#bell.ring(); // Once a write: a store that fails must not be pressed by each report.
    } catch (error) {
      this.#settings.onError(error);
    }
  }

  /** Tells whoever works on it to leave off. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Challenge cancel: the job is nobody's any more. */
  cancel(): void {
    this.abort(new CancelledError(this.#job.id));
    this.abandon();
  }

  /** From now on nothing is written any more, and the lease will run out. */
  abandon(): void {
    this.#isAbandoned = true;
    clearTimeout(this.#timer);
    this.#bell.ring();
  }

  async #renewInTime(): Promise<void> {
    const { leaseMs } = this.#settings;
    this.#bell.reset();
    const reportAt = this.#report === undefined ? Number.POSITIVE_INFINITY : this.#sentAt + REPORT_MS;
    const dueAt = Math.min(this.#until - (leaseMs * 2) / 3, reportAt);
    if (Date.now() < dueAt) return await this.#bell.wait(dueAt - Date.now()); // The caller looks what has rung.
    const written = await this.#write(() => ({ leaseUntil: this.#fromNow() }));
    if (written !== "stored" || this.#isLost) this.#lose();
    else if (!this.#isAbandoned) this.#setTimer();
  }

  /**
   * Stores the job with these fields, and tries for as long as the lease lasts.
   *
   * Challenge lost-answers: a try that failed may have been stored all the same. Then the next one is refused, and the
   * record bears the name of this lease. (Where answers are never lost a refusal needs no second look.)
   */
  async #write(fields: () => Partial<JobRecord>): Promise<Written> {
    const { store, leaseMs, onError } = this.#settings;
    while (!this.#isAbandoned) {
      const report = this.#report;
      const next = this.#next({ ...fields(), ...report });
      this.#sentAt = Date.now();
      try {
        const isStored = await store.swap(next);
        if (isStored && this.#report === report) this.#report = undefined;
        if (isStored) return this.#adopt(next);
        if (this.#isAbandoned) break;
        const stored = await store.get(next.id);
        if (stored?.leaseId !== this.#id) return "refused";
        this.#adopt(stored);
        if (stored.state === next.state) return "stored";
      } catch (error) {
        onError(error);
        if (this.isOver || this.#isAbandoned) break;
        this.#bell.reset();
        await this.#bell.wait(leaseMs / 30);
      }
    }
    return "unknown";
  }

  #next(fields: Partial<JobRecord>): JobRecord {
    const version = this.#job.version + 1;
    return { ...this.#job, ...fields, version, leaseId: this.#id, updatedAt: Date.now() };
  }

  #adopt(stored: JobRecord): "stored" {
    this.#job = stored;
    if (stored.state === "running") this.#until = stored.leaseUntil;
    return "stored";
  }

  #fromNow(): number {
    return Date.now() + this.#settings.leaseMs;
  }

  /** It ends the lease, whatever the store is doing. */
  #setTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lose(), this.#until - Date.now());
  }

  #lose(): void {
    clearTimeout(this.#timer);
    if (this.#isLost || this.#isAbandoned) return;
    this.#isLost = true;
    const error = new LeaseLostError(this.#job.id);
    if (!this.#hasEnded) this.#settings.onError(error);
    this.#controller.abort(error);
  }
}
