import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { closeServer } from "./closing.ts";
import { listen } from "./listen.ts";
import { explainRefusals } from "./refusals.ts";

/** All that a server says to whoever sends this, until it closes the connection. */
async function answersTo(sent: string, answer = (response: ServerResponse) => void response.end("well")) {
  const server = createServer((_request, response) => answer(response));
  explainRefusals(server);
  const { port } = await listen(server, { port: 0 });
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(sent);
  const told = await text(socket);
  await closeServer(server, AbortSignal.abort());
  const [head = "", body = ""] = told.split("\r\n\r\n");
  return { told, head, body };
}

// Nothing waits for a time: the limit only ends a hang.
describe("explainRefusals", { timeout: 120_000 }, () => {
  it.each([
    ["a request that cannot be read", "NONSENSE\r\n\r\n", 400],
    ["a head that is too large", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ["CONNECT", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501],
    ["an expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: nonsense\r\nConnection: close\r\n\r\n", 417],
  ])("refuses %s with a problem, and closes the connection", async (_, sent, status) => {
    const { head, body } = await answersTo(sent);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain("Content-Type: application/problem+json");
    expect(head).toContain("Connection: close");
    expect(head).toContain(`Content-Length: ${body.length}`);
    expect(JSON.parse(body)).toMatchObject({ status, type: "about:blank", detail: expect.any(String) });
  });

  it("refuses what follows an answer, and writes into none", async () => {
    const after = await answersTo("GET / HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n", (response) => {
      response.end("well");
    });
    expect(after.told).toMatch(/well/);
    const within = await answersTo("GET / HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n", (response) => {
      response.write("one half");
    });
    expect(within.told).not.toContain("problem+json");
  });
});
