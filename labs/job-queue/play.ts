/** The scene of this lab: workers with leases, one that falls out in the middle of a job, and whoever takes over. */

import type { Recorder } from "@pattern-labs/picture";
import { type Scene, scene } from "@pattern-labs/picture/scene";
import { sleep } from "@pattern-labs/primitives/sleep";
import * as answer from "#lab";
import type { JobRecord, JobStore, Lab } from "./contract.ts";
import { createMemoryStore } from "./given/memory-store.ts";

const { createQueue }: Lab = answer;

/** When the first worker falls out, or as soon after that as it has a job in hand. */
const FALLS_OUT_MS = 1_000;
const LOOK_MS = 20;
/** For how long it is cut off. */
const CUT_OFF_MS = 6_000;
const POLL_MS = 200;
const FLASH_MS = 60;

const controls = {
  fate: {
    kind: "choice",
    label: "worker 1",
    values: ["is cut off", "dies", "stays well"],
    value: "is cut off",
    restart: true,
  },
  heed: {
    kind: "choice",
    label: "handlers, told that the lease is lost",
    values: ["go on", "leave off"],
    value: "go on",
    restart: true,
  },
  workers: { kind: "range", label: "workers", min: 2, max: 4, value: 3, restart: true },
  leaseMs: { kind: "range", label: "lease", min: 600, max: 6_000, value: 3_000, unit: "ms", restart: true },
  workMs: { kind: "range", label: "a job takes", min: 200, max: 4_000, value: 2_000, unit: "ms" },
  everyMs: { kind: "range", label: "a job comes every", min: 300, max: 3_000, value: 900, unit: "ms" },
} as const;

export default scene({
  title: "Whose job is it?",
  controls,
  firstGuess: {
    question:
      "Worker 1 is cut off from the store for six seconds, in the middle of a job. It does not notice at once, and goes on. The lease is three seconds. What becomes of the job?",
    answers: [
      "It waits until worker 1 is back",
      "Another worker does it again, and the end that worker 1 sends later is refused",
      "Both store their result, and the last one counts",
    ],
    right: 1,
    why: "Nobody can tell a worker that is cut off from one that is dead. When the lease has run out, the job may be taken by somebody else, and that raises its version: whoever comes late names an old one, and is refused. That the work was done twice, nobody could prevent.",
    afterMs: 7_500,
  },
  recording: ({ workers }) => ({
    limits: Object.fromEntries(namesOf(workers).map((name) => [name, 1])),
    rows: [...namesOf(workers).flatMap((name) => [name, leasesOf(name)]), REFUSED],
  }),
  lengthMs: 12_000,
  async run({ values, recorder, signal, random, show }) {
    const store = createMemoryStore();
    const tally = { stored: 0, completed: 0, runs: 0, refused: 0 };
    const links = namesOf(values.workers).map((name) => new Link(name, { store, recorder, tally }));
    show(() => ({
      sum: {
        whole: ["jobs", tally.stored],
        parts: [
          ["completed", tally.completed],
          ["not yet", tally.stored - tally.completed],
        ],
      },
      figures: { "runs of handlers": tally.runs, "ends refused": tally.refused },
    }));

    /** What a job does: it takes its time. */
    async function work(link: Link, name: string, told: AbortSignal): Promise<void> {
      tally.runs += 1;
      const span = recorder.begin(link.name, "running", name);
      link.running.add(span);
      const heeded = values.heed === "leave off" ? AbortSignal.any([signal, told]) : signal;
      try {
        await sleep(values.workMs * (0.8 + 0.4 * random()), { signal: heeded });
        if (link.running.delete(span)) recorder.end(span);
      } catch (error) {
        if (link.running.delete(span)) recorder.end(span, "cancelled");
        throw error;
      }
    }

    const queues = links.map((link) =>
      createQueue({
        store: link,
        concurrency: 1,
        leaseMs: values.leaseMs,
        pollMs: POLL_MS,
        random,
        types: {
          job: {
            schema: { parse: (payload) => payload },
            run: (name, job) => work(link, String(name), job.signal),
          },
        },
      }),
    );
    for (const queue of queues) queue.start();

    async function fallOut([first]: readonly Link[]): Promise<void> {
      if (first === undefined || values.fate === "stays well") return;
      await sleep(FALLS_OUT_MS, { signal });
      while (first.running.size === 0) await sleep(LOOK_MS, { signal });
      first.cut();
      recorder.mark(`worker 1 ${values.fate}`, "bad");
      if (values.fate === "dies") return first.die();
      await sleep(CUT_OFF_MS, { signal });
      recorder.mark("worker 1 is back");
      first.mend();
    }

    async function produce(): Promise<void> {
      const producer = createQueue({
        store,
        types: { job: { schema: { parse: (x) => x }, run: async () => {} } },
      });
      for (let n = 1; ; n += 1) {
        await producer.enqueue("job", `j${n}`);
        tally.stored += 1;
        await sleep(values.everyMs, { signal });
      }
    }

    await Promise.all([fallOut(links), produce()]);
  },
}) satisfies Scene<typeof controls>;

const namesOf = (workers: number) => Array.from({ length: workers }, (_, n) => `worker ${n + 1}`);
const REFUSED = "ends refused";
const leasesOf = (worker: string) => `${worker}, leases`;

interface LinkOptions {
  readonly store: JobStore;
  readonly recorder: Recorder;
  readonly tally: { completed: number; refused: number };
}

/** The way of one worker to the store, which can be cut. It draws the leases: a bar from each heartbeat to the next. */
class Link implements JobStore {
  readonly name: string;
  /** What its handlers are doing. */
  readonly running = new Set<number>();
  readonly #options: LinkOptions;
  readonly #leases = new Map<string, { readonly span: number; readonly timer: NodeJS.Timeout }>();
  #mended = Promise.resolve();
  #mend = () => {};

  constructor(name: string, options: LinkOptions) {
    this.name = name;
    this.#options = options;
  }

  /** From now on no call arrives. */
  cut(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#mended = promise;
    this.#mend = resolve;
  }

  mend(): void {
    this.#mend();
  }

  /** All that it does ends. */
  die(): void {
    for (const span of this.running) this.#options.recorder.end(span, "cancelled");
    this.running.clear();
  }

  async insert(job: JobRecord): Promise<boolean> {
    await this.#mended;
    return await this.#options.store.insert(job);
  }

  async get(id: string): Promise<JobRecord | undefined> {
    await this.#mended;
    return await this.#options.store.get(id);
  }

  async claimable(query: Parameters<JobStore["claimable"]>[0]): Promise<readonly JobRecord[]> {
    await this.#mended;
    return await this.#options.store.claimable(query);
  }

  async list(query: Parameters<JobStore["list"]>[0]): Promise<readonly JobRecord[]> {
    await this.#mended;
    return await this.#options.store.list(query);
  }

  async swap(next: JobRecord): Promise<boolean> {
    await this.#mended;
    const isStored = await this.#options.store.swap(next);
    if (isStored) this.#draw(next);
    else if (next.state !== "running") this.#refuse(next);
    return isStored;
  }

  #draw(job: JobRecord): void {
    this.#endLease(job.id, "ok");
    if (job.state === "completed") this.#options.tally.completed += 1;
    if (job.state !== "running") return;
    const span = this.#options.recorder.begin(leasesOf(this.name), "running", String(job.payload));
    const timer = setTimeout(() => this.#endLease(job.id, "cancelled"), job.leaseUntil - Date.now());
    this.#leases.set(job.id, { span, timer });
  }

  #endLease(id: string, outcome: "ok" | "cancelled"): void {
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    this.#leases.delete(id);
    clearTimeout(lease.timer);
    this.#options.recorder.end(lease.span, outcome);
  }

  #refuse({ payload }: JobRecord): void {
    const { recorder, tally } = this.#options;
    tally.refused += 1;
    const cross = recorder.begin(REFUSED, "running", String(payload));
    setTimeout(() => recorder.end(cross, "dropped"), FLASH_MS); // What lasts no time is drawn in order, not in time.
  }
}
