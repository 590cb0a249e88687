import { join } from "node:path";
import { announce, count, DemoError, duration } from "@pattern-labs/demo";
import { z } from "zod";
import { type Life, sendAll } from "./clients.ts";
import { type Counts, countUp } from "./count-up.ts";
import { Hook } from "./hook.ts";
import { Ledger } from "./ledger.ts";
import type { DemoOptions } from "./options.ts";
import { ServiceProcess } from "./service-process.ts";

const stateSchema = z.object({ state: z.string() });

/** Every so many jobs one is a webhook. */
const WEBHOOK_EVERY = 4;
/** Whoever is killed again and again is not to be blamed for it. */
const CRASH_RETRIES = 1_000;
const BASE_DELAY_MS = 200;
/** Besides three leases: after so long without any news it is said what is waited for. */
const SILENCE_MS = 30_000;

export interface CourseOptions extends Pick<DemoOptions, "jobs" | "kills" | "concurrency" | "lease"> {
  /** Whose files are gzipped, and which. */
  readonly folder: string;
  readonly paths: readonly string[];
  /** Where the service keeps what it has. */
  readonly data: string;
}

/** What can be seen of a course while it goes on. */
export type CourseView = Pick<Course, "ledger" | "hook" | "options" | "upSince" | "pid">;

/** Jobs are sent, the service is killed again and again, and in the end it is counted what has come of it. */
export class Course implements AsyncDisposable {
  readonly ledger: Ledger;
  readonly hook: Hook;
  readonly options: CourseOptions;
  /** Since when the service that lives has been up. */
  upSince: number | undefined;
  #service: ServiceProcess | undefined;
  #life = Promise.withResolvers<Life>();

  private constructor(options: CourseOptions, hook: Hook) {
    this.options = options;
    this.hook = hook;
    this.ledger = new Ledger(options.concurrency);
  }

  static async open(options: CourseOptions): Promise<Course> {
    return new Course(options, await Hook.open());
  }

  get pid(): number | undefined {
    return this.#service?.pid;
  }

  /** @throws {DemoError} If the service does not start, or a job is dead. @throws The signal's reason. */
  async run(signal: AbortSignal): Promise<Counts> {
    const { jobs } = this.options;
    const failed = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal]);
    const sending = sendAll({
      jobs,
      body: (n) => this.#bodyOf(n),
      ledger: this.ledger,
      life: () => this.#life.promise,
      signal: stop,
    });
    // Whichever fails first ends the other, and is what is told.
    const fail = (error: unknown) => failed.abort(error);
    sending.catch(fail);
    const living = this.#liveAndDie(stop);
    living.catch(fail);
    const counting = living.then(async ({ url }) => {
      await sending;
      return await countUp(url, this);
    });
    const done = await counting.catch((error) => {
      stop.throwIfAborted();
      throw error;
    });
    await this.#service?.stop();
    return { ...done, lastStatus: this.#service?.status };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.stop();
    this.#life.promise.catch(() => {});
    await this.hook[Symbol.asyncDispose]();
  }

  /** Gives the service that comes after the last kill, when all jobs are done. */
  async #liveAndDie(signal: AbortSignal): Promise<Life> {
    const { jobs, kills } = this.options;
    for (let killed = 0; ; killed += 1) {
      const { service, life } = await this.#begin(killed + 1, signal);
      const isLast = killed === kills;
      const enough = isLast ? jobs : Math.round((jobs * (killed + 1)) / (kills + 1));
      const isTime = () => this.ledger.completed.size >= enough && (isLast || this.#isAtWork);
      await this.#reach(isTime, service, signal);
      if (isLast) return life;
      await service.kill();
      this.ledger.killed();
    }
  }

  /** It is to be killed in the middle of its work: half of its places are full, as far as there is enough left. */
  get #isAtWork(): boolean {
    const { ledger, options } = this;
    return ledger.inHand >= Math.min(options.concurrency / 2, options.jobs - ledger.completed.size);
  }

  async #begin(number: number, signal: AbortSignal) {
    const { ledger } = this;
    this.upSince = undefined;
    const service = new ServiceProcess(this.#args(), (line) => ledger.hear(line));
    this.#service = service;
    const span = ledger.recorder.begin("service", "running", `life ${number}`);
    void service.gone.then(() => {
      ledger.recorder.end(span, service.status === undefined ? "cancelled" : "ok");
      this.#life = Promise.withResolvers<Life>();
    });
    const url = await service.url;
    signal.throwIfAborted();
    this.upSince = performance.now();
    const life: Life = { url, gone: service.gone };
    this.#life.resolve(life);
    void this.#catchUp(url, service);
    return { service, life };
  }

  /**
   * The last lines of who was killed may be lost: so it is asked what has become of the jobs that seem to be open. If it is
   * killed meanwhile the next one is asked.
   */
  async #catchUp(url: string, service: ServiceProcess): Promise<void> {
    for (const id of this.ledger.open()) {
      if (service !== this.#service) return;
      const state = await stateOf(id, url).catch(() => undefined);
      if (state === "completed") this.ledger.complete(id);
    }
  }

  async #reach(holds: () => boolean, service: ServiceProcess, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    void service.gone.then(() =>
      ended.abort(new DemoError(`the service has ended by itself (${service.ending})`)),
    );
    const { ledger } = this;
    using _watch = this.#watchSilence();
    await ledger.until(() => holds() || ledger.dead.size > 0, AbortSignal.any([signal, ended.signal]));
    if (ledger.dead.size > 0) throw new DemoError("a job is dead, though each of them can be done");
  }

  /**
   * An answer that is half done may leave a job where it is for ever, and a busy machine may need long. Nobody can tell
   * from here which it is, so it is said once for each silence, and waited on.
   */
  #watchSilence(): Disposable {
    const silenceMs = SILENCE_MS + 3 * this.options.lease;
    let toldOf: number | undefined;
    const look = () => {
      const { changedAt } = this.ledger;
      if (performance.now() - Math.max(changedAt, this.upSince ?? 0) < silenceMs || toldOf === changedAt)
        return;
      toldOf = changedAt;
      const open = count(this.ledger.open().length, "job");
      announce(`Nothing has happened for ${duration(silenceMs)}; ${open} not completed. Ctrl-C ends.`);
    };
    const timer = setInterval(look, 1_000);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  #bodyOf(n: number): object {
    const { paths } = this.options;
    return n % WEBHOOK_EVERY === 0
      ? { type: "webhook", payload: { url: `${this.hook.origin}/hook`, body: { n } } }
      : { type: "gzip", payload: { path: paths[n % paths.length] } };
  }

  #args(): readonly string[] {
    const { folder, data, concurrency, lease } = this.options;
    return [
      ...["--port", "0", "--folder", folder, "--data", data, "--webhooks", this.hook.origin],
      ...["--concurrency", `${concurrency}`, "--lease", `${lease}`, "--crash-retries", `${CRASH_RETRIES}`],
      ...["--base-delay", `${BASE_DELAY_MS}`, "--retries", "5", "--notice", "0"],
    ];
  }
}

async function stateOf(id: string, url: string): Promise<unknown> {
  const response = await fetch(new URL(`/jobs/${id}`, url));
  return stateSchema.parse(await response.json()).state;
}

export const effectsFile = (data: string) => join(data, "effects.jsonl");
