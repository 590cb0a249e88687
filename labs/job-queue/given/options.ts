import type { EnqueueOptions, QueueOptions, StopOptions } from "../contract.ts";

/** The longest that `setTimeout` can count: asked for more, it fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

type Defaulted =
  | "concurrency"
  | "pollMs"
  | "retries"
  | "baseDelayMs"
  | "maxDelayMs"
  | "leaseMs"
  | "crashRetries";

/** The options with their defaults. */
export type Settings = Pick<QueueOptions, "store" | "types"> & {
  readonly [name in Defaulted | "onError" | "random" | "isPermanent"]: NonNullable<QueueOptions[name]>;
};

/** @throws {RangeError} For an option out of its range; the message names it and the value. */
export function settingsOf(options: QueueOptions): Settings {
  const settings: Settings = {
    store: options.store,
    types: options.types,
    concurrency: options.concurrency ?? 10,
    pollMs: options.pollMs ?? 1_000,
    onError: options.onError ?? (() => {}),
    retries: options.retries ?? 3,
    baseDelayMs: options.baseDelayMs ?? 1_000,
    maxDelayMs: options.maxDelayMs ?? 60_000,
    random: options.random ?? Math.random,
    isPermanent: options.isPermanent ?? (() => false),
    leaseMs: options.leaseMs ?? 30_000,
    crashRetries: options.crashRetries ?? 3,
  };
  const { concurrency, pollMs, retries, baseDelayMs, maxDelayMs, leaseMs, crashRetries } = settings;
  checkCounts("create a queue", { concurrency }, 1);
  checkCounts("create a queue", { retries, crashRetries }, 0);
  checkDurations("create a queue", { pollMs, leaseMs }, 1);
  checkDurations("create a queue", { baseDelayMs, maxDelayMs }, 0);
  return settings;
}

/** @throws {RangeError} If one of them is out of its range, or `graceMs` greater than `deadlineMs`. */
export function checkStop({ deadlineMs, graceMs = 0 }: StopOptions): void {
  checkDurations("stop a queue", { deadlineMs, graceMs }, 0);
  if (graceMs <= deadlineMs) return;
  throw new RangeError(
    `Cannot stop a queue: graceMs must be at most deadlineMs, which is ${deadlineMs}, got ${graceMs}`,
  );
}

/** For the challenge scheduling. @throws {RangeError} If one of them is out of its range. */
export function checkSchedule({ priority = 0, delayMs = 0 }: EnqueueOptions): void {
  checkDurations("enqueue a job", { delayMs }, 0);
  if (Number.isFinite(priority)) return;
  throw new RangeError(`Cannot enqueue a job: priority must be a finite number, got ${priority}`);
}

function checkCounts(doing: string, counts: Readonly<Record<string, number>>, least: number): void {
  for (const [name, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count >= least) continue;
    throw new RangeError(`Cannot ${doing}: ${name} must be a whole number from ${least}, got ${count}`);
  }
}

function checkDurations(doing: string, durations: Readonly<Record<string, number>>, least: number): void {
  for (const [name, ms] of Object.entries(durations)) {
    if (ms >= least && ms <= LONGEST_MS) continue;
    throw new RangeError(`Cannot ${doing}: ${name} must be from ${least} to ${LONGEST_MS} ms, got ${ms}`);
  }
}
