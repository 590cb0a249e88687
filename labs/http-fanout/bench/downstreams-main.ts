/**
 * Twenty services for the bench, in a process of their own: each answers at once, or after the milliseconds that it is
 * told. Those that are told to stall never do.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const BODY = JSON.stringify({ service: "service", values: [1, 2, 3] });
const [stalled = 0, answerMs = 0] = process.argv.slice(2).map(Number);
let sockets = 0;

const servers = Array.from({ length: 20 }, (_, n) => {
  const server = createServer((_request, response) => {
    const answer = () => response.setHeader("content-type", "application/json").end(BODY);
    if (n < stalled) return;
    if (answerMs === 0) answer();
    else setTimeout(answer, answerMs);
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
