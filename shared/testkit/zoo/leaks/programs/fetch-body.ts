import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Program } from "../program.ts";

const server = createServer((_, response) => response.end("x".repeat(1_000_000)));

async function origin(): Promise<string> {
  if (!server.listening) await once(server.listen(0, "127.0.0.1").unref(), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const responses: Response[] = [];

async function exists(url: string): Promise<boolean> {
  const response = await fetch(url);
  responses.push(response);
  return response.ok;
}

async function existsAndCancels(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.ok;
}

export const fetchBody: Program = {
  mistake: "only the status of a response is looked at: its body keeps the connection occupied",
  leaves: [{ kind: "handle", in: "exists" }],
  buggy: async () => await exists(await origin()),
  fixed: async () => await existsAndCancels(await origin()),
  async cleanUp() {
    for (const response of responses) await response.body?.cancel();
    server.closeAllConnections();
    server.close();
  },
};
