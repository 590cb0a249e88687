import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { UsageError } from "../command-line.ts";
import { listen } from "./listen.ts";

const servers: Server[] = [];
function newServer(): Server {
  const server = createServer((_, response) => void response.end("here"));
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if (!server.listening) continue;
    server.close();
    await once(server, "close");
  }
});

describe("listen", () => {
  it("gives the address at which it is reached", async () => {
    const url = await listen(newServer(), { port: 0 });
    expect(url.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const response = await fetch(url, { headers: { Connection: "close" } });
    expect(await response.text()).toBe("here");
  });

  it("says which option cannot be had", async () => {
    const { port } = await listen(newServer(), { port: 0 });
    await expect(listen(newServer(), { port: Number(port) })).rejects.toEqual(
      new UsageError(`--port ${port} is taken: give another one, or 0 for any`),
    );
    // An address for documentation, which no machine has.
    await expect(listen(newServer(), { port: 0, host: "192.0.2.1" })).rejects.toEqual(
      new UsageError('--host must be an address of this machine, got "192.0.2.1" (EADDRNOTAVAIL)'),
    );
  });
});
