import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<string>();

/** What `task` begins, and whatever that begins, finds the id by `currentRequestId`: no function has to hand it on. */
export function withRequestId<R>(requestId: string, task: () => R): R {
  return current.run(requestId, task);
}

/** Of the request for which this runs. A call that several share runs for the one that began it. */
export const currentRequestId = (): string | undefined => current.getStore();
