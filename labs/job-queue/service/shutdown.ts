import type { Server } from "node:http";
import { sleep } from "@pattern-labs/primitives/sleep";
import type { JobQueue } from "../contract.ts";
import type { JobService } from "./job-service.ts";

/** How often connections are looked at that may have fallen idle: nobody tells when they do. */
const REAP_EVERY_MS = 50;

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
  service.server.prependListener("request", (_request, response) => {
    response.setHeader("Connection", "close"); // Its sender comes back by another one, to somebody else.
  });
  if (noticeMs > 0) await sleep(noticeMs);
  const began = Date.now();
  await close(service.server, deadlineMs / 4);
  const leftMs = Math.max(0, deadlineMs - (Date.now() - began));
  await queue.stop({ deadlineMs: leftMs, graceMs: leftMs / 4 });
}

/** Lets requests be answered for so long, then cuts them off. */
async function close(server: Server, patienceMs: number): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const reaper = setInterval(() => server.closeIdleConnections(), REAP_EVERY_MS);
  const cut = setTimeout(() => server.closeAllConnections(), patienceMs);
  server.close(() => resolve());
  await closed;
  clearInterval(reaper);
  clearTimeout(cut);
}
