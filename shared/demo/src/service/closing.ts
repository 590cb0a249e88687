import { once } from "node:events";
import type { Server } from "node:http";

/** How often connections are looked at that may have fallen idle: nobody tells when they do. */
const REAP_EVERY_MS = 50;

/** Whoever asks from now on is told to come back by another connection: to somebody else, as there will be. */
export function sendAway(server: Server): void {
  server.prependListener("request", (_request, response) => {
    response.setHeader("Connection", "close");
  });
}

/** Takes no more connections, and lets those who came have their answers. When `signal` aborts the rest are cut off. */
export async function closeServer(server: Server, signal: AbortSignal): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const reaper = setInterval(() => server.closeIdleConnections(), REAP_EVERY_MS);
  const cut = () => server.closeAllConnections();
  signal.addEventListener("abort", cut);
  if (signal.aborted) cut();
  await closed;
  signal.removeEventListener("abort", cut);
  clearInterval(reaper);
}
