import type { Counts } from "../contract.ts";
import type { ServicePolicy } from "../given/policies.ts";
import { LOADS } from "../given/policies.ts";
import type { Write } from "../given/sink.ts";
import type { LevelFigures, PolicyFigures } from "./figures.ts";
import type { Run } from "./report.ts";

/** A connection that writes an event when the test says so. */
export class ManualStore {
  readonly #writing: (() => void)[] = [];
  readonly #arrivals: (() => void)[] = [];
  #isOpen = false;

  readonly write: Write = () =>
    new Promise((resolve) => {
      if (this.#isOpen) return resolve();
      this.#writing.push(resolve);
      this.#arrivals.shift()?.();
    });

  /** Waits until there is an event to write, and writes it. */
  async finish(): Promise<void> {
    if (this.#writing.length === 0) await new Promise<void>((resolve) => this.#arrivals.push(resolve));
    this.#writing.shift()?.();
  }

  /** From now on it writes whatever comes. */
  open(): void {
    this.#isOpen = true;
    for (const finish of this.#writing.splice(0)) finish();
  }
}

export const noCounts: Counts = {
  offered: 0,
  delivered: 0,
  dropped: 0,
  refused: 0,
  cancelled: 0,
  buffered: 0,
  waiting: 0,
};

/** A policy under all loads, made by hand: 100 events a second can be written, each load lasts a second. */
export function figuresOf(policy: ServicePolicy, more: Partial<PolicyFigures> = {}): PolicyFigures {
  const counts = { ...noCounts, offered: 1_850, delivered: 450, dropped: 1_400 };
  return {
    policy,
    levels: LOADS.map((load) => levelOf(load)),
    counts,
    ownCounts: policy === "naive" ? undefined : counts,
    written: 450,
    late: 0,
    problem: undefined,
    ...more,
  };
}

export function levelOf(load: number, more: Partial<LevelFigures> = {}): LevelFigures {
  const sent = 100 * load;
  const written = Math.min(sent, 100);
  return {
    load,
    seconds: 1,
    arrived: sent,
    written,
    inTime: written,
    dropped: sent - written,
    refused: 0,
    p50Ms: 30 + load,
    p99Ms: 50 + load,
    samples: Array.from({ length: 8 }, (_, n) => ({ buffered: load > 1 ? 20 : n, waiting: 0 })),
    producers: {
      sent,
      heldBack: 0,
      shed: 0,
      highSent: sent / 10,
      highShed: 0,
      unanswered: 0,
      failed: 0,
      answerP50Ms: 1,
      answerP99Ms: 3,
    },
    ...more,
  };
}

export function runOf(...policies: readonly PolicyFigures[]): Run {
  return { capacity: 100, limit: 20, patienceMs: 500, secondsPerLoad: 1, policies, untried: [] };
}
