import { Histogram } from "@pattern-labs/primitives/histogram";
import type { Counts } from "../contract.ts";
import type { LevelFigures, Sample } from "./figures.ts";

interface Level {
  readonly load: number;
  readonly began: number;
  readonly atBegin: Counts;
  readonly ages: Histogram;
  readonly samples: Sample[];
  written: number;
  inTime: number;
  /** What there was when it ended; undefined while it goes on. */
  end?: { readonly at: number; readonly counts: Counts };
}

export interface MeterOptions {
  /** What is written later than this counts as late. */
  readonly patienceMs: number;
  /** What has become of every event so far. */
  readonly counts: () => Counts;
}

/** Measures one policy, load by load. What it keeps does not grow with the number of events. */
export class Meter {
  written = 0;
  inTime = 0;
  readonly #patienceMs: number;
  readonly #counts: () => Counts;
  readonly #levels: Level[] = [];

  constructor({ patienceMs, counts }: MeterOptions) {
    this.#patienceMs = patienceMs;
    this.#counts = counts;
  }

  /** From here on everything counts for this load. */
  begin(load: number): void {
    this.end();
    this.#levels.push({
      load,
      began: performance.now(),
      atBegin: this.#counts(),
      ages: new Histogram(),
      samples: [],
      written: 0,
      inTime: 0,
    });
  }

  /** What is written from here on counts for no load any more, only for the whole. */
  end(): void {
    const level = this.#levels.at(-1);
    if (level !== undefined) level.end ??= { at: performance.now(), counts: this.#counts() };
  }

  /** Notes that an event of that age has been written. */
  write(ageMs: number): void {
    const inTime = ageMs <= this.#patienceMs ? 1 : 0;
    this.written += 1;
    this.inTime += inTime;
    const level = this.#levels.at(-1);
    if (level === undefined || level.end !== undefined) return;
    level.ages.record(Math.max(0, ageMs)); // A producer's clock may be ahead of this one.
    level.written += 1;
    level.inTime += inTime;
  }

  sample(): void {
    const { buffered, waiting } = this.#counts();
    this.#levels.at(-1)?.samples.push({ buffered, waiting });
  }

  /** What there is to tell so far, without what the producers saw. */
  levels(): readonly LevelFigures[] {
    return this.#levels.map(({ load, began, atBegin, ages, samples, written, inTime, end }) => {
      const { at, counts } = end ?? { at: performance.now(), counts: this.#counts() };
      const gained = (name: keyof Counts) => counts[name] - atBegin[name];
      return {
        load,
        seconds: (at - began) / 1_000,
        arrived: gained("offered"),
        written,
        inTime,
        dropped: gained("dropped"),
        refused: gained("refused"),
        p50Ms: ages.count === 0 ? undefined : ages.percentile(50),
        p99Ms: ages.count === 0 ? undefined : ages.percentile(99),
        samples,
        producers: undefined,
      };
    });
  }
}
