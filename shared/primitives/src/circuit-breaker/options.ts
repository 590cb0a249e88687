import {
  checkCount,
  checkCountOrInfinity,
  checkOptionalFunction,
  checkOptions,
  checkPositiveMs,
} from "../arguments/check.ts";
import type { FailureRateOptions } from "../failure-rate.ts";

export type CircuitState = "closed" | "open" | "half-open";

export interface CircuitBreakerOptions {
  /** Opens after so many failures one after the other. Default 5; `Infinity` leaves it to `failureRate`. */
  readonly failuresInARow?: number | undefined;
  /** Opens as well when so large a share of the latest calls has failed. Default: not looked at, and not paid for. */
  readonly failureRate?: FailureRateOptions | undefined;
  /** How long it refuses before it tries again, and how long it waits for a probe before it tries another. */
  readonly coolDownMs: number;
  /** How many calls are let through to try, and must all succeed before it closes. Default 1. */
  readonly probes?: number | undefined;
  /** `false` for an error that says nothing bad about the other side, such as "not found". */
  readonly isFailure?: ((error: unknown) => boolean) | undefined;
  /** Called soon after each change, outside of any call: what it throws is an uncaught error. */
  readonly onStateChange?: ((change: CircuitChange) => void) | undefined;
}

/** `cause` is the error that opened it. */
export type CircuitChange = Readonly<{ from: CircuitState; to: CircuitState; cause: unknown }>;

/** All but `failureRate`, which is looked at where it is used. */
export function checkCircuitBreakerOptions(options: CircuitBreakerOptions): void {
  checkOptions(creating, options);
  const { failuresInARow = 5, probes = 1, coolDownMs, isFailure, onStateChange } = options;
  checkCountOrInfinity(creating, "failuresInARow", failuresInARow);
  checkCount(creating, "probes", probes);
  checkPositiveMs(creating, "coolDownMs", coolDownMs);
  checkOptionalFunction(creating, "isFailure", isFailure);
  checkOptionalFunction(creating, "onStateChange", onStateChange);
}

const creating = "create CircuitBreaker";
