import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

const current = new AsyncLocalStorage<string>();

/** What `task` begins, and whatever that begins, finds the id by `currentRequestId`: no function has to hand it on. */
export function withRequestId<R>(requestId: string, task: () => R): R {
  return current.run(requestId, task);
}

/** Of the request for which this runs. A call that several share runs for the one that began it. */
export const currentRequestId = (): string | undefined => current.getStore();

/** The client's own, where it has sent one that can stand in a log: then its log and this one tell of the same. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w.:/+=-]{1,128}$/.test(given) ? given : randomUUID();
}
