import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ProfileKind } from "./assignment.ts";
import type { Answer } from "./contender.ts";
import { Course } from "./course.ts";
import { type Bench, defineBench } from "./define-bench.ts";
import type { BenchReport } from "./report.ts";

export interface RunOptions {
  /** How long each strategy is measured in each workload, over all rounds. Default 1. */
  readonly seconds?: number | undefined;
  /** How often each strategy is measured, in a fresh process each time. Default 5. */
  readonly rounds?: number | undefined;
  /** Only workloads with this in their title, or else strategies with this in their name, and their floor. */
  readonly only?: string | undefined;
  /** The answers that strategies with `answer` are run on. Default the reference. */
  readonly answers?: readonly Answer[] | undefined;
  /** Stops it: what is running is ended, and the report holds what was measured until then. */
  readonly signal?: AbortSignal | undefined;
  /** Hears, before anything is measured, how much it is going to be. */
  readonly onBegin?: ((plan: Plan) => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Writes a profile of each strategy as well, after the measuring. */
  readonly profile?: { readonly kind: ProfileKind; readonly folder: string } | undefined;
  /** How long one process may take before it counts as hung. It only ends what never would. Default 120,000. */
  readonly patienceMs?: number | undefined;
}

/** What a whole run is going to do. */
export interface Plan {
  /** Strategies, over all workloads; the answers count singly. */
  readonly rows: number;
  readonly rounds: number;
  /** How long each row is measured, over all rounds. */
  readonly seconds: number;
  /** How long all of it takes, roughly: work that is slow in itself takes longer. */
  readonly expectedSeconds: number;
}

/** What is about to be done. */
export interface Progress {
  readonly workload: string;
  readonly strategy: string;
  readonly doing: string;
  /** How many processes have ended, of how many. */
  readonly done: number;
  readonly total: number;
}

/**
 * Measures what a bench file defines: each strategy in a process of its own that is started afresh for each round, the
 * rounds interleaved and rotated (A B C, B C A, C A B). Who is wrong, throws, hangs or runs out of memory is reported,
 * and the others go on.
 *
 * @throws RangeError If an option is out of its range, or `only` leaves nothing to measure.
 */
export async function runBench(file: string, options: RunOptions = {}): Promise<BenchReport> {
  const { seconds = 1, rounds = 5, patienceMs = 120_000, answers = ["reference"], profile } = options;
  if (!(seconds > 0 && Number.isFinite(seconds))) {
    throw new RangeError(`Cannot bench: seconds must be above 0, got ${seconds}`);
  }
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`Cannot bench: rounds must be a whole number from 1, got ${rounds}`);
  }
  if (profile !== undefined) mkdirSync(profile.folder, { recursive: true });
  const path = resolve(file);
  return new Course(path, await loadBench(path), { ...options, seconds, rounds, patienceMs, answers }).run();
}

async function loadBench(path: string): Promise<Bench> {
  const { default: bench } = (await import(pathToFileURL(path).href)) as { default?: Partial<Bench> };
  if (bench?.title === undefined || bench.workloads === undefined) {
    throw new TypeError(`Cannot bench ${path}: it exports no bench; see defineBench`);
  }
  return defineBench({ title: bench.title, workloads: bench.workloads });
}
