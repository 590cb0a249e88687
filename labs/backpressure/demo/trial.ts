import { explain } from "@pattern-labs/demo";
import { sleep } from "@pattern-labs/primitives/sleep";
import type { Lab } from "../contract.ts";
import type { DemoOptions } from "../given/options.ts";
import { LOADS, type ServicePolicy } from "../given/policies.ts";
import { openConnection } from "../given/sink.ts";
import type { PolicyFigures } from "./figures.ts";
import { wallNow } from "./intake.ts";
import type { Load } from "./load-process.ts";
import { Meter } from "./meter.ts";
import { IngestService } from "./service.ts";

/** How many connections the store has. Together they make its capacity. */
export const CONNECTIONS = 10;
/** How often the depth is looked at, while one load lasts. */
export const SAMPLES = 24;
/** How long a buffer is waited for that does not end its loops. */
const DRAIN_LIMIT_MS = 10_000;

export type TrialOptions = Omit<DemoOptions, "policies"> & { readonly policy: ServicePolicy };

/**
 * One policy under all loads, one after the other: a service of its own, and producers of its own, that hang up at the
 * end. What is buffered then is still written; only what is more than the limit stays, for that would take too long.
 */
export class Trial {
  readonly policy: ServicePolicy;
  readonly #options: TrialOptions;
  readonly #load: Load;
  readonly #service: IngestService;
  readonly #meter: Meter;
  readonly #fault = new AbortController();
  #problem: string | undefined;

  constructor(lab: Lab, options: TrialOptions, load: Load) {
    this.policy = options.policy;
    this.#options = options;
    this.#load = load;
    this.#service = new IngestService({
      ...options,
      port: 0,
      lab,
      connections: Array.from({ length: CONNECTIONS }, () =>
        openConnection((1_000 * CONNECTIONS) / options.capacity),
      ),
      onWritten: ({ at }) => this.#meter.write(wallNow() - at),
      onFault: (error) => this.#fail(error),
    });
    this.#meter = new Meter({ ...options, counts: () => this.#service.intake.counts() });
  }

  /** @throws The signal's reason, or that of a load that was lost, when everything has been put away. */
  async run(secondsPerLoad: number, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#fault.signal, this.#load.lost]);
    this.#load.begin(await this.#service.listen());
    try {
      for (const load of LOADS) await this.#offer(load, secondsPerLoad, stop);
    } catch (error) {
      if (!stop.aborted) throw error;
    }
    this.#meter.end();
    if (!this.#load.lost.aborted) await this.#load.end();
    const isFarBehind = this.#service.intake.counts().buffered > this.#options.limit;
    await this.#close(isFarBehind || stop.aborted);
    signal.throwIfAborted();
    this.#load.lost.throwIfAborted();
  }

  /** What there is to tell, at any time. */
  figures(): PolicyFigures {
    const { intake } = this.#service;
    const seen = this.#load.figures;
    const levels = this.#meter.levels();
    return {
      policy: this.policy,
      levels: levels.map((level, n) => ({ ...level, producers: seen[n] })),
      counts: intake.counts(),
      ownCounts: this.policy === "naive" ? undefined : intake.ownCounts(),
      written: this.#meter.written,
      late: this.#meter.written - this.#meter.inTime,
      problem: this.#problem,
    };
  }

  async #offer(load: number, seconds: number, stop: AbortSignal): Promise<void> {
    this.#meter.begin(load);
    this.#load.offer(load * this.#options.capacity);
    const began = performance.now();
    for (let n = 1; n <= SAMPLES; n += 1) {
      await sleep(began + (n * 1_000 * seconds) / SAMPLES - performance.now(), { signal: stop });
      this.#meter.sample();
    }
  }

  async #close(abandon: boolean): Promise<void> {
    const late = new AbortController();
    const patience = sleep(DRAIN_LIMIT_MS, { signal: late.signal }).then(
      () =>
        this.#fail(new Error("its loops have not ended, though it was closed and nothing more is written")),
      () => {},
    );
    await Promise.race([this.#service.close({ abandon }), patience]);
    late.abort();
  }

  #fail(error: unknown): void {
    this.#problem ??= explain(error, this.policy === "shed" ? "admission" : "buffer");
    this.#fault.abort();
  }
}
