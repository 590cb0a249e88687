import { constants } from "node:os";
import { sleep } from "@pattern-labs/primitives/sleep";
import { LoadProcess } from "./load-process.ts";
import { type Figures, type News, type ServerName, wallNow } from "./messages.ts";
import type { DemoOptions } from "./options.ts";
import { countJobs, countRequests, type Outcome } from "./outcome.ts";
import { ServiceProcess } from "./service-process.ts";

/** So many jobs are accepted before anything happens: more than the workers can have done by then. */
const JOBS_FIRST = 6;
/** How long a second signal waits for the first to show. */
const SECOND_AFTER_MS = 300;
const MOST_NEWS = 5_000;

/** One server: started, put under load, told to end, waited for, and counted. */
export class Trial {
  readonly server: ServerName;
  readonly #options: DemoOptions;
  readonly #news: News[] = [];
  #load: LoadProcess | undefined;
  #phase = "starts";
  #askedAt: number | undefined;
  #isOrphan = false;

  constructor(server: ServerName, options: DemoOptions) {
    this.server = server;
    this.#options = options;
  }

  /** What it is doing, in a word or two. */
  get phase(): string {
    return this.#phase;
  }

  get figures(): Figures | undefined {
    return this.#load?.figures;
  }

  get news(): readonly News[] {
    return this.#news;
  }

  get askedAt(): number | undefined {
    return this.#askedAt;
  }

  /** @throws The signal's reason, when everything has been put away. */
  async run(signal: AbortSignal): Promise<Outcome> {
    const { service: settings, behind, load: loadOptions } = this.#options;
    const begunAt = wallNow();
    await using load = await LoadProcess.start(loadOptions);
    await using service = new ServiceProcess({ ...settings, server: this.server }, behind);
    this.#load = load;
    service.onNews((news) => this.#note(news));
    const port = await service.listening();
    if (port === undefined) return await this.#neverBegan(service, begunAt);

    load.begin(port);
    await this.#putUnderLoad(load, service, signal);
    this.#askedAt = wallNow();
    await this.#askToEnd(service, port, signal);
    this.#phase = "is ending";
    void service.exit.then(() => {
      this.#isOrphan = service.isOrphan;
      if (service.isOrphan) this.#phase = "lives on as an orphan";
    });
    const wasKilled = !(await this.#endsInTime(service, signal));
    if (wasKilled) await service.killAll();
    const exit = await service.exit;
    const endedAt = await service.gone;
    const { figures, accepted, spans } = await load.end();
    return {
      ...this.#common(service),
      exit,
      wasKilled,
      isOrphan: this.#isOrphan,
      askedAt: this.#askedAt,
      endedAt: this.#isOrphan ? endedAt : exit.at,
      requests: countRequests(figures),
      jobs: countJobs(accepted, service.jobs()),
      spans,
    };
  }

  /** What there is to tell of it if it could not go on to its end. */
  brokenOff(problem: string): Outcome {
    const now = wallNow();
    return {
      server: this.server,
      exit: undefined,
      wasKilled: false,
      isOrphan: false,
      askedAt: this.#askedAt ?? now,
      endedAt: now,
      requests: countRequests(this.figures),
      jobs: countJobs([], { done: [], back: [] }),
      news: this.#news,
      spans: [],
      expected: this.#expectedStatus(),
      problem,
    };
  }

  /** Until there is something to lose of each kind. */
  async #putUnderLoad(load: LoadProcess, service: ServiceProcess, signal: AbortSignal): Promise<void> {
    this.#phase = "under load";
    const died = service.exit.then(() => {
      throw new Error(
        `It ended before it was told to${service.errors === "" ? "" : `: ${service.errors.trim()}`}`,
      );
    });
    died.catch(() => {});
    const isBusy = ({ quick, slow, stream, job }: Figures) =>
      quick.answered > 0 && slow.underWay > 0 && stream.underWay > 0 && job.answered >= JOBS_FIRST;
    await Promise.race([
      died,
      load.until(isBusy, signal).then(() => sleep(1_000 * this.#options.secondsBefore, { signal })),
    ]);
  }

  async #askToEnd(service: ServiceProcess, port: number, signal: AbortSignal): Promise<void> {
    const { fault, twice, signal: name } = this.#options;
    if (fault === "uncaught" || fault === "rejection") {
      await fetch(`http://127.0.0.1:${port}/crash?how=${fault}`, { headers: { connection: "close" } }).catch(
        () => {},
      );
      return;
    }
    const isHeeded = this.#whenNotReady(service);
    service.kill(name);
    if (!twice) return;
    const late = new AbortController();
    await Promise.race([
      isHeeded,
      service.exit,
      sleep(SECOND_AFTER_MS, { signal: AbortSignal.any([late.signal, signal]) }),
    ]);
    late.abort();
    service.kill(name);
  }

  #whenNotReady(service: ServiceProcess): Promise<void> {
    return new Promise((resolve) => service.onNews(({ news }) => news === "not ready" && resolve()));
  }

  /** Whether it ends by itself. */
  async #endsInTime(service: ServiceProcess, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const patience = sleep(this.#options.graceMs, { signal: AbortSignal.any([over.signal, signal]) }).then(
      () => false,
    );
    try {
      return await Promise.race([service.gone.then(() => true), patience]);
    } finally {
      over.abort();
      await patience.catch(() => {});
    }
  }

  async #neverBegan(service: ServiceProcess, begunAt: number): Promise<Outcome> {
    const exit = await service.exit;
    await service.gone;
    const failed = this.#options.fault === "failing-start";
    return {
      ...this.#common(service),
      exit,
      wasKilled: false,
      isOrphan: false,
      askedAt: begunAt,
      endedAt: exit.at,
      requests: countRequests(undefined),
      jobs: countJobs([], service.jobs()),
      spans: [],
      problem: service.problem ?? (failed ? undefined : `It did not start: ${lastLine(service.errors)}`),
    };
  }

  #common(service: ServiceProcess): Pick<Outcome, "server" | "news" | "expected" | "problem"> {
    return {
      server: this.server,
      news: this.#news,
      expected: this.#expectedStatus(),
      problem: service.problem,
    };
  }

  #expectedStatus(): number {
    const { fault, twice, signal } = this.#options;
    if (twice) return 128 + constants.signals[signal];
    return fault === undefined || fault === "endless-stream" ? 0 : 1;
  }

  #note(news: News): void {
    this.#news.push(news);
    if (this.#news.length > MOST_NEWS) this.#news.splice(0, MOST_NEWS / 2);
    if (news.news === "not ready") this.#phase = "drains";
    if (news.news === "resource" && news.step === "stop") this.#phase = `stops ${news.name}`;
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "nobody knows why";
}
