import { onAbort } from "@pattern-labs/primitives/abort";
import { sleep } from "@pattern-labs/primitives/sleep";
import type { DrainOptions, DrainReport, HttpServer, RequestListener } from "../contract.ts";
import { checkDuration } from "../given/errors.ts";

/** How often connections are looked at that may have fallen idle. Nobody tells when they do. */
const REAP_EVERY_MS = 50;

export async function drainHttp(
  server: HttpServer,
  { notReady, noticeMs, signal }: DrainOptions,
): Promise<DrainReport> {
  checkDuration("noticeMs", noticeMs);
  notReady();
  server.prependListener("request", sayGoodbye); // First, for a handler may answer at once.
  const cut = Promise.withResolvers<number>();
  const withdraw = onAbort(signal, () => {
    server.getConnections((_error, count) => cut.resolve(count)); // Before any is closed.
    server.closeAllConnections();
  });
  try {
    if (noticeMs > 0) await sleep(noticeMs, { signal }).catch(() => {}); // Out of patience: on to the end.
    await close(server, cut.promise);
    return { cut: signal.aborted ? await cut.promise : 0 };
  } finally {
    withdraw();
    server.off("request", sayGoodbye);
  }
}

/**
 * The client will not use this connection for another request. If we closed it after the answer without saying so, its
 * next request could be on the way already, and would be lost.
 */
const sayGoodbye: RequestListener = (_request, response) => response.setHeader("Connection", "close");

/** Resolves when the last connection has gone; or at the cut, which leaves none but those that were upgraded. */
async function close(server: HttpServer, cut: Promise<unknown>): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  const reaper = setInterval(() => server.closeIdleConnections(), REAP_EVERY_MS);
  await Promise.race([closed, cut]);
  clearInterval(reaper);
}
