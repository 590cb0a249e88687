import { onAbort } from "@pattern-labs/primitives/abort";
import { Bulkhead } from "@pattern-labs/primitives/bulkhead";
import { CircuitBreaker } from "@pattern-labs/primitives/circuit-breaker";
import type { BreakerOptions, Call } from "../../contract.ts";
import { checkCounts, checkDurations } from "../../given/check-options.ts";

/** One service that hangs or fails takes neither all permits, nor the time of who asks for it. */
export function protect(call: Call, { limitPerService, failuresInARow, coolDownMs }: BreakerOptions): Call {
  checkCounts("protect call", { limitPerService, failuresInARow });
  checkDurations("protect call", { coolDownMs });
  const guards = new Map<string, Guard>();

  return async (service, patience) => {
    patience.signal.throwIfAborted();
    const guard = guards.get(service) ?? {
      // Who waited here would hold a permit of the gateway, and do nothing with it.
      bulkhead: new Bulkhead({ limit: limitPerService, queueLimit: 0 }),
      breaker: new CircuitBreaker({ failuresInARow, coolDownMs }),
    };
    guards.set(service, guard);
    const client = watchClient(patience.signal);
    try {
      // The breaker stands inside: that the bulkhead is full says nothing about the service.
      return await guard.bulkhead.run(() => guard.breaker.run(() => call(service, patience), client));
    } finally {
      client.withdraw();
    }
  };
}

interface Guard {
  readonly bulkhead: Bulkhead;
  readonly breaker: CircuitBreaker;
}

/** A signal that aborts when the client goes, and not at a deadline: to be late is a failure of the service. */
function watchClient(signal: AbortSignal): { readonly signal: AbortSignal; readonly withdraw: () => void } {
  const gone = new AbortController();
  const withdraw = onAbort(signal, () => {
    if (signal.reason?.name !== "TimeoutError") gone.abort(signal.reason);
  });
  return { signal: gone.signal, withdraw };
}
