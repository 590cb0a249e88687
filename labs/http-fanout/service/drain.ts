import { closeServer, sendAway } from "@pattern-labs/demo/service";
import { sleep } from "@pattern-labs/primitives/sleep";
import type { GatewayService } from "./gateway-service.ts";

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
  service.isReady = false;
  sendAway(service.server);
  if (noticeMs > 0) await sleep(noticeMs, { signal }).catch(() => {}); // No time left: on to the end.
  await closeServer(service.server, signal);
}
