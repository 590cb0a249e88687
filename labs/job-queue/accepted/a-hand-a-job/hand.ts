import type { JobRecord, JobStore, JobType } from "../../contract.ts";
import { LeaseLostError, StoppedError, textOf } from "./errors.ts";

export interface HandOptions {
  readonly type: JobType;
  readonly store: JobStore;
  readonly leaseMs: number;
  readonly retries: number;
  readonly crashRetries: number;
  readonly delayMs: (attempts: number) => number;
  readonly isPermanent: (error: unknown) => boolean;
  readonly isStopping: () => boolean;
  readonly report: (error: unknown) => void;
}

/** `unknown`: the call failed, or what was told is out of date; it may be stored or not. */
type Answer = "stored" | "refused" | "unknown";

/** What a write changes of the record, besides what each write changes. */
type Change = Pick<JobRecord, "state"> & Partial<JobRecord>;

/** One job that this queue has in hand, under one lease. All its writes are here, each after the answer to the one before. */
export class Hand {
  readonly #options: HandOptions;
  /** The job as the claim writes it. */
  readonly #job: JobRecord;
  readonly #seen: JobRecord;
  readonly #controller = new AbortController();
  readonly #leaseId = crypto.randomUUID();
  /** Of the last record known to be stored. The next write has one more. */
  #version: number;
  /** Its state, if it was this hand that wrote it. */
  #stored: JobRecord["state"] | undefined;
  /** Whether that may have been changed since by a write of our own whose answer was lost. */
  #isUnsure = false;
  /** Of the last claim or renewal that is known to be stored; before, of the first claim that was sent. */
  #leaseUntil = 0;
  #isHeld = false;
  #isLost = false;
  /** Somebody else has written the record. */
  #isTaken = false;
  /** The deadline of `stop` has passed: no call, no timer, nothing is told. */
  #isDropped = false;
  #expiry: NodeJS.Timeout | undefined;
  #hasEnded = false;
  #end: Change | undefined; // None: what became of the handler is not written.
  #endPause: (() => void) | undefined;

  constructor(seen: JobRecord, options: HandOptions) {
    this.#options = options;
    this.#seen = seen;
    this.#version = seen.version;
    this.#job = {
      ...seen,
      crashes: seen.crashes + (seen.state === "running" ? 1 : 0),
      leaseId: this.#leaseId,
    };
  }

  /** Never rejects. */
  async work(): Promise<void> {
    this.#leaseUntil = Date.now() + this.#options.leaseMs;
    if (this.#seen.state === "running" && this.#seen.crashes >= this.#options.crashRetries)
      await this.#bury();
    else await this.#claimAndDo();
    clearTimeout(this.#expiry);
  }

  /** Whether the claim was refused: the record that was seen is out of date. */
  get wasRefused(): boolean {
    return this.#isTaken && !this.#isHeld;
  }

  /** Aborts the handler's signal; what it throws after that is no failure. */
  tellToEnd(reason: StoppedError): void {
    if (!this.#hasEnded) this.#controller.abort(reason);
  }

  /** The deadline: whatever comes, nothing is done any more. */
  drop(): void {
    this.#isDropped = true;
    clearTimeout(this.#expiry);
    this.wake();
  }

  wake(): void {
    this.#endPause?.();
  }

  async #bury(): Promise<void> {
    const { crashes } = this.#job;
    const error = `The lease ran out ${crashes} times: whoever does this job seems to die of it`;
    await this.#put({ state: "dead", error, leaseUntil: 0 });
  }

  async #claimAndDo(): Promise<void> {
    const answer = await this.#claim();
    if (this.#isDropped || answer === "refused") return;
    if (this.#options.isStopping()) return this.#put(givenBack());
    if (answer === "unknown" || this.#isLost) return;
    void this.#handle();
    await this.#renew();
    if (this.#end !== undefined && !this.#isTaken && !this.#isDropped) await this.#put(this.#end);
  }

  /** Tries until it is known whose the job is, or the lease would be over. After a `stop` nothing is claimed. */
  async #claim(): Promise<Answer> {
    const { leaseMs } = this.#options;
    for (;;) {
      const answer = await this.#write({ state: "running", leaseUntil: Date.now() + leaseMs });
      if (answer !== "unknown" || !(await this.#mayTryAgain())) return answer;
      if (this.#options.isStopping()) return answer;
    }
  }

  async #handle(): Promise<void> {
    const { id, attempts, payload } = this.#job;
    const { signal } = this.#controller;
    try {
      // A copy: what the handler does to its payload must not be stored with its end.
      const context = { id, attempt: attempts + 1, signal };
      const result = await this.#options.type.run(structuredClone(payload), context);
      if (!this.#isDropped) this.#end = { state: "completed", attempts: attempts + 1, result, leaseUntil: 0 };
    } catch (error) {
      if (!this.#isDropped) this.#end = this.#failure(error);
    }
    this.#hasEnded = true;
    this.wake();
  }

  #failure(error: unknown): Change | undefined {
    const { aborted, reason } = this.#controller.signal;
    if (aborted) return reason instanceof StoppedError ? givenBack() : undefined;
    const attempts = this.#job.attempts + 1;
    const text = textOf(error);
    if (this.#options.isPermanent(error) || attempts > this.#options.retries)
      return { state: "dead", attempts, error: text, leaseUntil: 0 };
    const dueAt = Date.now() + this.#options.delayMs(attempts);
    return { state: "failed", attempts, error: text, dueAt, leaseUntil: 0 };
  }

  /** Until the handler has ended. */
  async #renew(): Promise<void> {
    const { leaseMs } = this.#options;
    let dueAt = this.#renewalDueAt;
    while (!this.#hasEnded && !this.#isDropped) {
      const waitMs = this.#isLost ? undefined : dueAt - Date.now();
      if (waitMs === undefined || waitMs > 0) {
        await this.#pause(waitMs);
        continue;
      }
      const answer = await this.#write({ state: "running", leaseUntil: Date.now() + leaseMs });
      dueAt = answer === "unknown" ? Date.now() + this.#retryMs : this.#renewalDueAt;
    }
  }

  get #renewalDueAt(): number {
    const { leaseMs } = this.#options;
    return this.#leaseUntil - leaseMs + leaseMs / 3;
  }

  get #retryMs(): number {
    return this.#options.leaseMs / 20;
  }

  /** Writes an end. The first try is made in any case, for the version decides; others as long as the lease lasts. */
  async #put(change: Change): Promise<void> {
    while ((await this.#write(change)) === "unknown" && (await this.#mayTryAgain()));
  }

  /** After a write that failed: waits a little. False if nothing is to be tried any more. */
  async #mayTryAgain(): Promise<boolean> {
    const leftMs = this.#leaseUntil - Date.now();
    if (this.#isDropped || leftMs <= 0) return false;
    await this.#pause(Math.min(leftMs, this.#retryMs));
    return !this.#isDropped && Date.now() < this.#leaseUntil;
  }

  /** One write, of the version after the last one known. A failure is told. */
  async #write(change: Change): Promise<Answer> {
    const { store, report } = this.#options;
    const next = { ...this.#job, ...change, version: this.#version + 1, updatedAt: Date.now() };
    if (next.state === "completed") delete next.error;
    try {
      if (await store.swap(next)) return this.#isStored(next);
      if (this.#isDropped) return "unknown";
      if (!this.#isUnsure) return this.#isRefused();
      // What is in the way may be an earlier write of our own.
      const stored = await store.get(next.id);
      if (this.#isDropped) return "unknown";
      if (stored === undefined || stored.version < next.version) return "unknown"; // Out of date.
      if (stored.version > next.version || stored.leaseId !== this.#leaseId) return this.#isRefused();
      this.#isStored(stored);
    } catch (error) {
      this.#isUnsure = true;
      if (!this.#isDropped) report(error);
      return "unknown";
    }
    // It was a claim or a renewal, and what is to be written now is the end: that follows.
    const isBefore = this.#stored === "running" && change.state !== "running";
    return isBefore ? this.#write(change) : "stored";
  }

  #isStored({ version, state, leaseUntil }: JobRecord): "stored" {
    this.#version = version;
    this.#stored = state;
    this.#isUnsure = false;
    clearTimeout(this.#expiry);
    if (state !== "running" || this.#isDropped) return "stored";
    this.#isHeld = true;
    this.#leaseUntil = leaseUntil;
    const leftMs = leaseUntil - Date.now();
    if (leftMs <= 0) this.#lose("it has run out");
    else if (!this.#isLost) this.#expiry = setTimeout(() => this.#lose("it has run out"), leftMs);
    return "stored";
  }

  #isRefused(): "refused" {
    this.#isTaken = true;
    this.#lose("somebody else has written the job since");
    return "refused";
  }

  /** Once, and only if there was one. */
  #lose(why: string): void {
    if (this.#isLost || !this.#isHeld) return;
    this.#isLost = true;
    clearTimeout(this.#expiry);
    const error = new LeaseLostError(this.#job.id, why);
    if (!this.#hasEnded) this.#controller.abort(error);
    this.#options.report(error);
    this.wake();
  }

  async #pause(ms: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    this.#endPause = resolve;
    await promise;
    this.#endPause = undefined;
    clearTimeout(timer);
  }
}

const givenBack = (): Change => ({ state: "pending", dueAt: Date.now(), leaseUntil: 0 });
