import { once } from "node:events";
import { onAbort } from "@pattern-labs/primitives/abort";
import { sleep } from "@pattern-labs/primitives/sleep";
import type { GatewayService } from "./gateway-service.ts";

/** How often connections are looked at that may have fallen idle: nobody tells when they do. */
const REAP_EVERY_MS = 50;

/**
 * Lab 6 in short: says that it is not ready, waits until that is noticed, takes no more connections, and lets those that
 * came have their answers. When `signal` aborts the rest are cut off, and their calls with them.
 *
 * @param noticeMs How long load balancers have to notice.
 */
export async function drain(
  service: GatewayService,
  { noticeMs, signal }: { readonly noticeMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { server } = service;
  service.isReady = false;
  server.prependListener("request", (_request, response) => {
    response.setHeader("Connection", "close"); // Its sender comes back by another one, to somebody else.
  });
  if (noticeMs > 0) await sleep(noticeMs, { signal }).catch(() => {}); // No time left: on to the end.
  const closed = once(server, "close");
  server.close();
  const reaper = setInterval(() => server.closeIdleConnections(), REAP_EVERY_MS);
  const withdraw = onAbort(signal, () => server.closeAllConnections());
  await closed;
  withdraw();
  clearInterval(reaper);
}
