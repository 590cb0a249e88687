import type { Policy } from "../contract.ts";

/** What a service may do with more than it can write: the buffer's policies, and what stands before and beside them. */
export type ServicePolicy = "naive" | Policy | "shed";

/** In the order in which they are tried. */
export const POLICIES = [
  "naive",
  "block",
  "drop-newest",
  "drop-oldest",
  "refuse",
  "shed",
] as const satisfies readonly [ServicePolicy, ...ServicePolicy[]];

/** Who pays for an overload, in a few words. */
export const WHO_PAYS: Readonly<Record<ServicePolicy, string>> = {
  naive: "everybody, ever later",
  block: "the producer waits",
  "drop-newest": "the newest is lost",
  "drop-oldest": "the oldest is lost",
  refuse: "the producer is told",
  shed: "turned away unread",
};

/** By how many times the capacity is offered, one after the other. */
export const LOADS = [0.5, 1, 2, 5, 10] as const;
