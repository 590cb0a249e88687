import type { Job, SubmitOptions, Ticket } from "../contract.ts";

/** A job from its acceptance until it settles. */
export interface Entry {
  readonly id: number;
  readonly job: Job<unknown>;
  readonly key: string | undefined;
  readonly priority: number;
  readonly acceptedAt: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** How often it was given to a worker. */
  attempts: number;
  /** Whether its function was ever called. */
  begun: boolean;
}

export function openEntry<R>(
  id: number,
  job: Job<R>,
  { key, priority = 0 }: SubmitOptions,
): { entry: Entry; ticket: Ticket<R> } {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  promise.catch(() => {}); // The result may be ignored. Whoever does look at it gets the rejection all the same.
  const acceptedAt = performance.now();
  return {
    entry: { id, job, key, priority, acceptedAt, resolve, reject, attempts: 0, begun: false },
    ticket: { id, result: promise as Promise<R> },
  };
}
