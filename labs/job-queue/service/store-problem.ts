import type { StoreFault } from "../stores/store-error.ts";
import { Problem } from "./problem.ts";

/** What a client is told. File and cause stand in the log: they are nobody else's business. */
const FAULTS: Readonly<
  Record<StoreFault | "unreachable", readonly [status: 422 | 500 | 503, detail: string]>
> = {
  full: [503, "the disk is full: nothing more can be stored until there is room; what was stored is safe"],
  locked: [503, "another process holds the store: try again"],
  closed: [503, "the service is stopping: nothing more is stored"],
  "thread died": [
    503,
    "the store has stopped, and nobody knows whether this was stored: ask again with the same key",
  ],
  unreachable: [
    503,
    "the store cannot be reached, and nobody knows whether this was stored: ask again with the same key",
  ],
  unopenable: [503, "the store is not where it was: somebody has to look at it"],
  "not storable": [422, "the payload holds what cannot be stored"],
  "damaged job": [500, "this job is damaged: somebody has to look at it"],
  "damaged file": [500, "the store is damaged: somebody has to look at it"],
  "foreign file": [500, "the store is not one of jobs"],
  "newer schema": [500, "the store was written by a newer release"],
  other: [500, "the store has failed"],
};

/** A request that failed through no fault of its sender's. Where it wanted to store something, that is not acknowledged. */
export function problemOf(error: unknown): Problem {
  const fault = faultOf(error);
  if (fault === undefined) return new Problem(500, "failed", { detail: "the service has failed" });
  const [status, detail] = FAULTS[fault];
  if (status === 503) {
    return new Problem(503, "store-unavailable", { detail, headers: { "Retry-After": "1" } });
  }
  if (status === 422)
    return new Problem(422, "invalid", { detail, errors: [{ field: "payload", rule: detail }] });
  return new Problem(500, fault === "other" ? "failed" : "store-damaged", { detail });
}

/** Whether the next call is likely to fail as well: it is the store that is ill, and not one job or one request. */
export function isOutage(error: unknown): boolean {
  const fault = faultOf(error);
  return fault !== undefined && fault !== "not storable" && fault !== "damaged job";
}

/** By what it says, not by its class: an engine has errors of its own, and is loaded only where it is wanted. */
function faultOf(error: unknown): keyof typeof FAULTS | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, fault } = error as Error & { readonly fault?: unknown };
  if (typeof fault === "string" && Object.hasOwn(FAULTS, fault)) return fault as keyof typeof FAULTS;
  return name === "EngineError" ? "unreachable" : undefined;
}
