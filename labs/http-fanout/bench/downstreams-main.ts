/** Twenty services for the bench, in a process of their own: each answers at once. Those that are told to stall never do. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const BODY = JSON.stringify({ service: "service", values: [1, 2, 3] });
const stalled = Number(process.argv[2]);
let sockets = 0;

const servers = Array.from({ length: 20 }, (_, n) => {
  const server = createServer((_request, response) => {
    if (n >= stalled) response.setHeader("content-type", "application/json").end(BODY);
  });
  return server.on("connection", (socket) => {
    sockets += 1;
    socket.once("close", () => {
      sockets -= 1;
    });
  });
});
await Promise.all(servers.map((server) => once(server.listen(0, "127.0.0.1"), "listening")));
const urls = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
process.on("message", () => process.send?.({ sockets }));
process.once("disconnect", () => process.exit());
process.send?.({ urls });
