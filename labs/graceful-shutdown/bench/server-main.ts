/** A server that is shut down in one of the ways. Its arguments: which one, and for how long notice is given. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ways } from "./ways.ts";

const [name = "", noticeMs = "0"] = process.argv.slice(2);
const way = ways[name];
if (way === undefined) throw new RangeError(`Cannot serve: there is no way "${name}"`);

let isReady = true;
const server = createServer(({ url }, response) => {
  if (url === "/readyz") response.writeHead(isReady ? 200 : 503).end();
  else if (url === "/slow") setTimeout(() => response.end("slow"), 100);
  else response.end("quick");
});
const notReady = () => {
  isReady = false;
};
await way({ server, notReady, noticeMs: Number(noticeMs) });
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
// It is not left behind if whoever has started it is gone.
process.stdin.on("end", () => process.kill(process.pid, "SIGKILL")).resume();
if ("unref" in process.stdin) process.stdin.unref();
