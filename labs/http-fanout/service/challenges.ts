import { UsageError } from "@pattern-labs/demo";
import type { Call, Challenge, Lab } from "../contract.ts";
import type { Settings } from "./settings.ts";

/**
 * Those that put a call around a call, from outside. The bulkhead stands around the shared calls: whoever joins one holds a
 * permit of the gateway, and only the bulkhead bounds how many of these a service may take.
 */
export const AROUND_CALLS = ["cache", "breaker", "coalescing", "hedging", "budget", "balancing"] as const;

/** Of retries and hedges, which are a tenth more calls each: so many are saved for later. */
const EXTRAS_SAVED = 10;
const CALLS_PER_EXTRA = 10;
const VALUES_KEPT = 10_000;

/**
 * Which challenges are at work: those that are asked for, or else all that the answer has attempted.
 *
 * @throws {UsageError} If one is asked for that the answer has not attempted.
 */
export function challengesOf({ attempted = [] }: Lab, { with: wanted }: Settings): ReadonlySet<Challenge> {
  for (const challenge of wanted ?? []) {
    if (attempted.includes(challenge)) continue;
    const rule = `must name challenges that the answer has attempted (${attempted.join(", ") || "none"})`;
    throw new UsageError(`--with ${rule}, got "${challenge}"`);
  }
  return new Set(wanted ?? attempted);
}

/** A call of a service as the gateway is to make it. `replicas` gives the calls of each instance. */
export function callWith(
  lab: Lab,
  used: ReadonlySet<Challenge>,
  { replicas, settings }: { replicas: ReadonlyMap<string, readonly Call[]>; settings: Settings },
): Call {
  const one = new Map(
    [...replicas].map(([service, calls]) => [service, oneOf(lab, used, { calls, settings })] as const),
  );
  const plain: Call = async (service, options) => {
    const call = one.get(service);
    if (call === undefined) throw new Error(`Cannot call ${service}: nobody knows where it is`);
    return await call(service, options);
  };
  return AROUND_CALLS.reduceRight((call, challenge) => {
    return used.has(challenge) ? (around[challenge]?.(lab, call, settings) ?? call) : call;
  }, plain);
}

const around: Partial<Record<Challenge, (lab: Lab, call: Call, settings: Settings) => Call | undefined>> = {
  cache: (lab, call, settings) =>
    lab.cache?.(call, {
      limit: VALUES_KEPT,
      ttlMs: settings["cache-ttl"],
      refreshAfterMs: Math.max(1, 0.8 * settings["cache-ttl"]),
      staleIfErrorMs: settings.stale,
    }),
  coalescing: (lab, call, settings) => lab.coalesce?.(call, { callTimeoutMs: settings["call-timeout"] }),
  breaker: (lab, call, settings) =>
    lab.protect?.(call, {
      limitPerService: settings.bulkhead,
      failuresInARow: settings.failures,
      coolDownMs: settings["cool-down"],
    }),
  hedging: (lab, call, settings) =>
    lab.hedge?.(call, {
      afterMs: settings["hedge-after"],
      callsPerHedge: CALLS_PER_EXTRA,
      hedgesSaved: EXTRAS_SAVED,
      hedgeLimit: settings["hedge-limit"],
    }),
  budget: (lab, call) => lab.retry?.(call, { callsPerRetry: CALLS_PER_EXTRA, retriesSaved: EXTRAS_SAVED }),
};

/** The instances of a service as one. */
function oneOf(
  lab: Lab,
  used: ReadonlySet<Challenge>,
  { calls, settings }: { calls: readonly Call[]; settings: Settings },
): Call {
  const [first] = calls;
  if (first !== undefined && calls.length === 1) return first;
  const balanced = used.has("balancing")
    ? lab.balance?.(calls, { failuresInARow: settings.failures, restMs: settings["cool-down"] })
    : undefined;
  return balanced ?? inTurn(calls);
}

function inTurn(calls: readonly Call[]): Call {
  let next = 0;
  return async (service, options) => {
    const call = calls[next % calls.length] as Call;
    next += 1;
    return await call(service, options);
  };
}
