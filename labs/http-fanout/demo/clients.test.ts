import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Pool } from "undici";
import { describe, expect, it } from "vitest";
import { askUntilTaken } from "./clients.ts";

type Doing = (socket: Socket, requestId: string) => void;

const close: Doing = (socket) => void socket.end();
const reset: Doing = (socket) => void socket.resetAndDestroy();
const tooSlow: Doing = (socket) =>
  void socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
const halfAnAnswer: Doing = (socket) =>
  void socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":`);
const answer: Doing = (socket, requestId) => {
  const body = JSON.stringify({ data: {}, warnings: [] });
  const head = `X-Request-Id: ${requestId}\r\nContent-Length: ${body.length}\r\nConnection: close`;
  socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`);
};

/** What comes of one request to a server that does this with the first that comes, that with the second … */
async function askOf(...doings: readonly Doing[]) {
  const left = [...doings];
  const server = createServer((socket) => {
    socket.on("error", () => {}); // The client has gone first.
    socket.once("data", (head: Buffer) => {
      const [, requestId = ""] = /x-request-id: (\S+)/i.exec(`${head}`) ?? [];
      left.shift()?.(socket, requestId);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 1 });
  const seen = await askUntilTaken(pool, "r1", ["a"], new AbortController().signal);
  await pool.destroy();
  server.close();
  return seen;
}

// Nothing waits for a time: the limit only ends a hang.
describe("askUntilTaken", { timeout: 120_000 }, () => {
  it("asks anew where the connection was closed unread, or after a 408, each time by another id", async () => {
    const seen = await askOf(close, reset, tooSlow, answer);
    expect(seen).toMatchObject({ requestId: "r1.4", end: 200, notTaken: ["r1", "r1.2", "r1.3"] });
  });

  it("takes half an answer for none", async () => {
    expect(await askOf(halfAnAnswer, answer)).toMatchObject({ end: "lost", notTaken: [] });
  });

  it("gives up in the end", async () => {
    const seen = await askOf(...Array<Doing>(200).fill(close));
    expect([seen.end, seen.notTaken.length]).toEqual(["lost", 100]);
  });
});
