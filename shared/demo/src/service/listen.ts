import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { UsageError } from "../command-line.ts";

/**
 * Begins to listen where the options `--port` and `--host` say, and gives the address.
 *
 * @param place.host Left out: on this machine only.
 * @throws {UsageError} If that cannot be had. It names the option.
 */
export async function listen(
  server: Server,
  { port, host = "127.0.0.1" }: { readonly port: number; readonly host?: string },
): Promise<URL> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    throw refusal(String((error as NodeJS.ErrnoException).code), port, host);
  }
  const { port: chosen, family, address } = server.address() as AddressInfo;
  return new URL(`http://${family === "IPv6" ? `[${address}]` : address}:${chosen}/`);
}

function refusal(code: string, port: number, host: string): UsageError {
  if (code === "EADDRINUSE") return new UsageError(`--port ${port} is taken: give another one, or 0 for any`);
  if (code === "EACCES")
    return new UsageError(`--port ${port} must be one that this user may take, got ${code}`);
  return new UsageError(`--host must be an address of this machine, got ${JSON.stringify(host)} (${code})`);
}
