import { once } from "node:events";
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { discard, readBody } from "./body.ts";
import { closeServer, sendAway } from "./closing.ts";
import { requestIdOf, writeReply } from "./exchange.ts";
import { listen } from "./listen.ts";

/** A server for one test, with an answer for every request. */
async function open(answer: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const server = createServer((request, response) => void answer(request, response));
  const url = await listen(server, { port: 0 });
  return {
    ...{ server, url },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await closeServer(server, AbortSignal.abort());
    },
  };
}

// Nothing waits for a time: the limit only ends a hang.
describe("readBody", { timeout: 120_000 }, () => {
  const measuring = () =>
    open(async (request, response) => {
      const bytes = await readBody(request, 10);
      response.setHeader("Connection", "close").write(bytes === undefined ? "too large" : `${bytes.length}`);
      if (request.complete) response.end();
      else discard(request, () => response.end());
    });

  it("reads a body to its limit, and no further", async () => {
    await using at = await measuring();
    const told = async (body: string) => await (await fetch(at.url, { method: "POST", body })).text();
    expect([await told(""), await told("x".repeat(10)), await told("x".repeat(11))]).toEqual([
      ...["0", "10", "too large"],
    ]);
  });

  it("counts what does not say how long it is; its sender gets an answer when it has sent all", async () => {
    await using at = await measuring();
    const chunked = ask(at.url, { method: "POST" });
    for (let piece = 0; piece < 100; piece += 1) chunked.write("x".repeat(10_000));
    chunked.end();
    const [response] = (await once(chunked, "response")) as [IncomingMessage];
    expect(await text(response)).toBe("too large");
  });

  it("rejects when its sender leaves in the middle", async () => {
    const left = Promise.withResolvers<unknown>();
    await using at = await open(async (request) => {
      left.resolve(await readBody(request, 10).catch((error: unknown) => error === request.errored));
    });
    const socket = connect(Number(at.url.port), "127.0.0.1");
    socket.end("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc");
    expect(await left.promise).toBe(true);
    socket.destroy();
  });
});

describe("discard", { timeout: 120_000 }, () => {
  it("cuts off a sender that goes on and on", async () => {
    await using at = await open((request, response) => discard(request, () => response.end()));
    const endless = connect(Number(at.url.port), "127.0.0.1");
    endless
      .on("error", () => {})
      .write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n");
    const piece = Buffer.alloc(1_000_000);
    const send = () => {
      while (endless.writable && endless.write(piece));
    };
    endless.on("drain", send);
    send();
    await new Promise((resolve) => endless.once("close", resolve));
    expect(endless.bytesWritten).toBeGreaterThan(16_777_216);
  });
});

describe("writeReply", { timeout: 120_000 }, () => {
  it("sends a text as it is, and everything else as JSON", async () => {
    await using at = await open(({ url }, response) => {
      const body = url === "/text" ? "ä" : { a: 1 };
      writeReply(response, { status: 202, body, headers: { Location: "/a" } });
      response.end();
    });
    const told = async (path: string) => {
      const response = await fetch(new URL(path, at.url));
      const { headers, status } = response;
      const names = ["content-type", "content-length", "cache-control", "location"];
      return [status, ...names.map((name) => headers.get(name)), await response.text()];
    };
    expect(await told("/text")).toEqual([202, "text/plain; charset=utf-8", "2", "no-store", "/a", "ä"]);
    expect(await told("/")).toEqual([202, "application/json", "8", "no-store", "/a", '{"a":1}\n']);
  });
});

describe("requestIdOf", () => {
  it("takes the client's where it can stand in a log", () => {
    expect(requestIdOf({ "x-request-id": "client:7" })).toBe("client:7");
    for (const forged of ['a "forged" line', "", "x".repeat(129)])
      expect(requestIdOf({ "x-request-id": forged })).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestIdOf({})).not.toBe(requestIdOf({}));
  });
});

describe("closeServer", { timeout: 120_000 }, () => {
  it("lets those who came have their answers, and sends away who asks again on the same connection", async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    await using at = await open(({ url }, response) =>
      url === "/slow" ? asked.resolve(response) : response.end(),
    );
    const kept = connect(Number(at.url.port), "127.0.0.1");
    kept.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(String((await once(kept, "data"))[0])).toContain("Connection: keep-alive");
    const slow = fetch(new URL("/slow", at.url));
    const response = await asked.promise;
    sendAway(at.server);
    kept.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(String((await once(kept, "data"))[0])).toContain("Connection: close");
    const closing = closeServer(at.server, new AbortController().signal);
    response.end("here");
    expect(await (await slow).text()).toBe("here");
    await closing; // The slow one's connection has fallen idle, and is closed.
  });

  it.each(["before", "afterwards"])("cuts off the rest when its signal aborts, %s", async (when) => {
    const asked = Promise.withResolvers<void>();
    await using at = await open(() => asked.resolve());
    const stuck = fetch(at.url).catch((error: Error) => error.message);
    await asked.promise;
    const deadline = new AbortController();
    if (when === "before") deadline.abort();
    const closing = closeServer(at.server, deadline.signal);
    deadline.abort();
    await closing;
    expect(await stuck).toBe("fetch failed");
  });
});
