import { onAbort } from "@pattern-labs/primitives/abort";
import { sleep } from "@pattern-labs/primitives/sleep";
import type { DrainOptions, DrainReport, HttpServer, RequestListener } from "../contract.ts";
import { checkDuration } from "./duration.ts";

/** How often connections are looked at that may have fallen idle. Nobody tells when they do. */
const REAP_EVERY_MS = 50;

export async function drainHttp(
  server: HttpServer,
  { notReady, noticeMs, signal }: DrainOptions,
): Promise<DrainReport> {
  checkDuration("noticeMs", noticeMs);
  notReady();
  server.prependListener("request", sayGoodbye); // First, for a handler may answer at once.
  try {
    await notice(noticeMs, signal);
    return await close(server, signal);
  } finally {
    server.off("request", sayGoodbye);
  }
}

/**
 * The client will not use this connection for another request. If we closed it after the answer without saying so, its
 * next request could be on the way already, and would be lost.
 */
const sayGoodbye: RequestListener = (_request, response) => response.setHeader("Connection", "close");

async function notice(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, { signal }).catch(() => {}); // Out of patience: on to the end.
}

async function close(server: HttpServer, signal: AbortSignal): Promise<DrainReport> {
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  const reaper = setInterval(() => server.closeIdleConnections(), REAP_EVERY_MS);
  let cut: Promise<number> | undefined;
  const withdraw = onAbort(signal, () => {
    cut = countConnections(server);
    server.closeAllConnections();
  });
  try {
    await closed.promise;
    return { cut: (await cut) ?? 0 };
  } finally {
    clearInterval(reaper);
    withdraw();
  }
}

function countConnections(server: HttpServer): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_error, count) => resolve(count));
  });
}
