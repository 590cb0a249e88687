import { closeServer, sendAway } from "@pattern-labs/demo/service";
import { sleep } from "@pattern-labs/primitives/sleep";
import type { JobQueue } from "../contract.ts";
import type { JobService } from "./job-service.ts";

export interface ShutdownOptions {
  /** How long load balancers have to notice that it is not ready. */
  readonly noticeMs: number;
  /** For the rest. */
  readonly deadlineMs: number;
}

/**
 * Whoever uses something ends before it: first nobody comes any more, then what came is answered, then what runs is
 * finished or given back. The store may be closed when this resolves.
 */
export async function shutDown(
  service: JobService,
  queue: JobQueue,
  { noticeMs, deadlineMs }: ShutdownOptions,
): Promise<void> {
  service.isReady = false;
  sendAway(service.server);
  if (noticeMs > 0) await sleep(noticeMs);
  const began = Date.now();
  await closeServer(service.server, AbortSignal.timeout(Math.ceil(deadlineMs / 4)));
  const leftMs = Math.max(0, deadlineMs - (Date.now() - began));
  await queue.stop({ deadlineMs: leftMs, graceMs: leftMs / 4 });
}
