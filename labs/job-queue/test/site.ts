import { guarantee, type Sim } from "@pattern-labs/testkit";
import type { JobQueue, JobRecord, JobType, QueueOptions, State } from "../contract.ts";
import { createMemoryStore } from "../given/memory-store.ts";
import { Link, type Plan } from "./link.ts";
import { show } from "./outcome.ts";
import { lasting, type Run, type Script } from "./scripts.ts";
import { lab } from "./subject.ts";

export interface SiteOptions {
  /** What the handlers do. Left out: 100 ms of work. */
  readonly work?: Script;
  /** When the store answers. "whenever": each call is an event of its own, and comes when the explorer says so. */
  readonly store?: "at once" | "whenever";
  /** What goes wrong with which call. */
  readonly plan?: Plan | undefined;
}

/** One run of a handler, from outside. */
export interface Running extends Run {
  readonly beganAt: number;
  endedAt: number | undefined;
  outcome: "running" | "resolved" | "rejected";
}

/** Called when anything has changed. */
type Watcher = (change: "poll" | "other") => void;

/** Whoever has not done a job after so much time, and when the store was asked at so many moments, will not do it. */
const LONG_MS = 150_000;
const MANY_POLLS = 60;

type Options = Partial<Omit<QueueOptions, "store">>;

/** Some machines, each with a queue, and the store that they share. Whatever is done there is written down. */
export class Site {
  readonly runs: Running[] = [];
  readonly errors: unknown[] = [];
  /** Most handlers that ran at the same time, by worker. */
  readonly peaks = new Map<string, number>();
  /** Most records that were `running` at the same time, under leases that held. */
  mostClaimed = 0;
  /** Pairs of runs of one job that went on at the same time, although neither had been told to stop. */
  readonly overlaps: string[] = [];
  readonly store = createMemoryStore();
  readonly links = new Map<string, Link>();
  readonly #sim: Sim;
  readonly #options: SiteOptions;
  readonly #queues: JobQueue[] = [];
  /** As they were last written. */
  readonly #records = new Map<string, JobRecord>();
  readonly #watchers = new Set<Watcher>();

  constructor(sim: Sim, options: SiteOptions = {}) {
    this.#sim = sim;
    this.#options = options;
  }

  /** A queue of its own on the store, as in a process of its own, with two places unless told. */
  queue(worker: string, options: Options = {}): JobQueue {
    const { store: answers = "at once", plan } = this.#options;
    const link = new Link(worker, { sim: this.#sim, store: this.store, answers, plan });
    link.onWrite = (job) => this.#written(job);
    link.onPoll = () => this.look("poll");
    this.links.set(worker, link);
    const queue = lab.createQueue({
      types: { mail: this.type(worker, "mail") },
      onError: (error) => this.errors.push(error),
      concurrency: 2,
      ...options,
      store: link,
    });
    this.#queues.push(queue);
    return queue;
  }

  /** A type that takes any payload, and is done by the site's script. */
  type(worker: string, type: string, schema: JobType["schema"] = { parse: (payload) => payload }): JobType {
    return { schema, run: (payload, context) => this.#run({ ...context, worker, type, payload }) };
  }

  /** Puts a record into the store that somebody has left there. */
  async leave(id: string, fields: Partial<JobRecord> = {}): Promise<void> {
    const now = Date.now();
    const job: JobRecord = {
      id,
      type: "mail",
      payload: { to: id },
      state: "pending",
      attempts: 0,
      crashes: 0,
      version: 1,
      dueAt: now,
      leaseUntil: 0,
      leaseId: fields.state === "running" ? "somebody's" : "",
      createdAt: now,
      updatedAt: now,
      ...fields,
    };
    await this.store.insert(job);
    this.#records.set(id, job);
  }

  async job(id: string): Promise<JobRecord> {
    const job = await this.store.get(id);
    guarantee(job !== undefined, {
      happened: `the store has no job of the id ${show(id)}; what was written has the ids ${show([...this.#records.keys()])}`,
      expected: `a job keeps the id that \`enqueue\` was given, as in \`{ id: ${show(id)} }\`, or has resolved with`,
      why: "By its id its sender asks what became of it.",
    });
    return job;
  }

  link(worker: string): Link {
    const link = this.links.get(worker);
    if (link === undefined) throw new Error(`The test has no worker ${worker}`);
    return link;
  }

  runsOf(id: string): readonly Running[] {
    return this.runs.filter((run) => run.id === id);
  }

  /**
   * Resolves once `isSo`, or when it has not come to that for long: within so many ms, if told, and else after much time
   * and many polls; a limit by time alone could be reached while the store has not even answered.
   */
  async until(what: string, isSo: () => boolean, withinMs?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const began = this.#sim.now();
    const polledAt = new Set<number>();
    const look = (change: "poll" | "other") => {
      if (change === "poll") polledAt.add(this.#sim.now());
      const isLong = this.#sim.now() - began >= LONG_MS && polledAt.size >= MANY_POLLS;
      if (isLong || isSo()) resolve();
    };
    this.#watchers.add(look);
    look("other");
    const timer = withinMs === undefined ? undefined : setTimeout(resolve, withinMs);
    await this.#sim.waitFor(what, promise, () => ({
      happened: `nothing goes on, and it has not come to this: ${what}`,
      expected: "somebody does what is to be done",
      why: "A job that nobody looks for is a lost job.",
    }));
    clearTimeout(timer);
    this.#watchers.delete(look);
  }

  /** Lets those who wait `until` something look whether it is so: for what the site does not see itself. */
  look(change: "poll" | "other" = "other"): void {
    for (const look of this.#watchers) look(change);
  }

  /** The job, once it is in one of these states; or as it is when it has not come to that. */
  async when(id: string, states: readonly State[], withinMs?: number): Promise<JobRecord> {
    const isSo = () => states.some((state) => state === this.#records.get(id)?.state);
    await this.until(`job ${id} is ${states.join(" or ")}`, isSo, withinMs);
    return await this.job(id);
  }

  /** The nth run of all, from 0, once it has begun. */
  async begun(n: number): Promise<Running> {
    await this.until(`handlers were called ${n + 1} times`, () => this.runs.length > n);
    const run = this.runs[n];
    guarantee(run !== undefined, {
      happened: `handlers were called ${this.runs.length} times, and not again`,
      expected: `${n + 1} times at least`,
      why: "There is a job to be done.",
    });
    return run;
  }

  /** The nth run of all, from 0, once it has ended, and what came of it is stored. */
  async over(n: number): Promise<Running> {
    const run = await this.begun(n);
    const isOver = () => run.outcome !== "running" && this.#records.get(run.id)?.state !== "running";
    await this.until(`call ${n + 1} of a handler has ended, and its end is stored`, isOver);
    return run;
  }

  /** Waits until it has ended. */
  ended(id: string, withinMs?: number): Promise<JobRecord> {
    return this.when(id, ["completed", "dead", "cancelled"], withinMs);
  }

  /** Stops all queues, when whatever runs has ended, and lets go of what hangs. */
  async close(): Promise<void> {
    for (const link of this.links.values()) link.restore();
    const stops = this.#queues.map((queue) => queue.stop({ deadlineMs: 3_600_000 }));
    await this.#sim.waitFor("the queues to stop", Promise.all(stops));
    for (const link of this.links.values()) await this.#sim.waitFor("the store's answers", link.quiet());
  }

  #written(job: JobRecord): void {
    this.#records.set(job.id, job);
    const now = Date.now();
    const claimed = this.#records
      .values()
      .filter(({ state, leaseUntil }) => state === "running" && leaseUntil >= now);
    this.mostClaimed = Math.max(this.mostClaimed, [...claimed].length);
    this.look();
  }

  async #run(given: Run): Promise<unknown> {
    const run: Running = { ...given, beganAt: this.#sim.now(), endedAt: undefined, outcome: "running" };
    const inProgress = this.runs.filter(({ outcome }) => outcome === "running");
    for (const other of inProgress) {
      if (other.id !== run.id || other.signal?.aborted) continue;
      this.overlaps.push(`${other.worker} and ${run.worker} both did job ${run.id} at ${run.beganAt} ms`);
    }
    this.runs.push(run);
    this.look();
    const count = 1 + inProgress.filter(({ worker }) => worker === run.worker).length;
    this.peaks.set(run.worker, Math.max(this.peaks.get(run.worker) ?? 0, count));
    const { recorder } = this.#sim;
    const span = recorder.begin(run.worker, "running", run.id);
    const { work = lasting(100) } = this.#options;
    try {
      const result = await this.#sim.as(run.worker, () => work(run));
      run.outcome = "resolved";
      return result;
    } catch (error) {
      run.outcome = "rejected";
      throw error;
    } finally {
      run.endedAt = this.#sim.now();
      recorder.end(span, run.outcome === "resolved" ? "ok" : "failed");
      this.look();
    }
  }
}
