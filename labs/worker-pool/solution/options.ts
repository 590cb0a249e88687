import type { BreakerOptions, PoolOptions, WorkerState } from "../contract.ts";

/** The longest that `setTimeout` can wait, 24.8 days: given more, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What cannot be done with an option that is out of its range. */
const CREATE = "create a pool";

/** Options that were checked, with every default filled in. */
export interface Settings {
  readonly workers: number;
  readonly queueLimit: number;
  readonly retries: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly random: () => number;
  readonly isPermanent: (error: unknown) => boolean;
  readonly timeLimitMs: number | undefined;
  readonly ratePerSecond: number; // Infinity: no limit
  readonly burst: number;
  readonly ageingMs: number | undefined; // Undefined: priorities do not count.
  readonly minWorkers: number;
  readonly idleMs: number;
  readonly breaker: BreakerOptions | undefined;
  readonly workerState: WorkerState | undefined;
  readonly stealing: boolean;
}

/** @throws {RangeError} For the first option that is out of its range, with its name and value. */
export function readOptions(options: PoolOptions): Settings {
  const {
    workers,
    breaker,
    workerState,
    isPermanent = () => false,
    random = Math.random,
    stealing = false,
  } = options;
  if (breaker !== undefined) {
    checkCount("breaker.failures", breaker.failures, 1);
    checkDuration("breaker.coolDownMs", breaker.coolDownMs);
  }
  return {
    workers: checkCount("workers", workers, 1),
    queueLimit: checkCount("queueLimit", options.queueLimit, 1),
    retries: checkCount("retries", options.retries ?? 0, 0),
    baseDelayMs: checkDuration("baseDelayMs", options.baseDelayMs ?? 100),
    maxDelayMs: checkDuration("maxDelayMs", options.maxDelayMs ?? 30_000),
    random,
    isPermanent,
    timeLimitMs: unlessLeftOut(options.timeLimitMs, (ms) => checkDuration("timeLimitMs", ms)),
    ratePerSecond: checkPositive("ratePerSecond", options.ratePerSecond ?? Infinity),
    burst: checkCount("burst", options.burst ?? 1, 1),
    ageingMs: unlessLeftOut(options.ageingMs, (ms) => checkPositive("ageingMs", ms)),
    minWorkers: checkCount("minWorkers", options.minWorkers ?? workers, 0, workers),
    idleMs: checkDuration("idleMs", options.idleMs ?? 10_000),
    breaker,
    workerState,
    stealing,
  };
}

const unlessLeftOut = (value: number | undefined, check: (value: number) => number) =>
  value === undefined ? undefined : check(value);

function checkCount(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`Cannot ${CREATE}: ${name} must be a whole number ${range}, got ${value}`);
}

function checkPositive(name: string, value: number): number {
  if (value > 0) return value;
  throw new RangeError(`Cannot ${CREATE}: ${name} must be greater than 0, got ${value}`);
}

/** `doing` completes the sentence that begins with "Cannot". */
export function checkDuration(name: string, value: number, doing = CREATE): number {
  if (value >= 0 && value <= LONGEST_TIMER_MS) return value;
  throw new RangeError(`Cannot ${doing}: ${name} must be from 0 to ${LONGEST_TIMER_MS} ms, got ${value}`);
}
