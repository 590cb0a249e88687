import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { webhookWork } from "./webhook.ts";

async function openHook(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const work = webhookWork({ origins: [origin], connections: 2, timeoutMs: 60_000 });
  return {
    ...{ origin, work },
    run: (input: unknown, signal = new AbortController().signal) =>
      work.run(input, { id: "job 7", attempt: 1, signal, log: pino({ level: "silent" }) }),
    async [Symbol.asyncDispose]() {
      await work[Symbol.asyncDispose]();
      server.close();
      server.closeAllConnections();
    },
  };
}

const answering = (status: number) =>
  openHook((_, response) => void response.writeHead(status).end("thanks"));

describe("webhookWork", { timeout: 120_000 }, () => {
  it("posts the body, with the job's id as the idempotency key", async () => {
    const heard = Promise.withResolvers<unknown>();
    await using hook = await openHook(async (request, response) => {
      const { method, url, headers } = request;
      heard.resolve([method, url, headers["idempotency-key"], headers["content-type"], await text(request)]);
      response.end();
    });
    const body = { answer: 42 };
    expect(await hook.run({ url: `${hook.origin}/hook?a=b`, body })).toEqual({ status: 200 });
    expect(await heard.promise).toEqual(["POST", "/hook?a=b", "job 7", "application/json", '{"answer":42}']);
  });

  it.each([301, 400, 404, 422])("takes %i for an answer that stays", async (status) => {
    await using hook = await answering(status);
    await expect(hook.run({ url: hook.origin })).rejects.toMatchObject({ name: "PermanentError" });
  });

  it.each([408, 425, 429, 500, 503])("takes %i for one that may pass", async (status) => {
    await using hook = await answering(status);
    await expect(hook.run({ url: hook.origin })).rejects.toMatchObject({
      name: "Error",
      message: `Cannot call ${hook.origin}: it must answer with a status from 200 to 299, got ${status}`,
    });
  });

  it("leaves off when it is told to", async () => {
    const stop = new AbortController();
    await using hook = await openHook(() => stop.abort(new Error("stop")));
    await expect(hook.run({ url: hook.origin }, stop.signal)).rejects.toThrow("stop");
  });

  it("does not wait for ever for an answer", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using work = webhookWork({ origins: [origin], connections: 1, timeoutMs: 1 });
    const { signal } = new AbortController();
    const calling = work.run(
      { url: origin },
      { id: "7", attempt: 1, signal, log: pino({ level: "silent" }) },
    );
    await expect(calling).rejects.toMatchObject({ code: "UND_ERR_HEADERS_TIMEOUT" });
    server.close();
    server.closeAllConnections();
  });

  it.each([
    "http://169.254.169.254/latest",
    "https://a.example.org/",
    "https://a.example@b.example/",
    "https://user:secret@a.example/",
    "ftp://a.example/",
    "a.example",
    7,
  ])("refuses the address %j at the door", async (url) => {
    await using work = webhookWork({ origins: ["https://a.example"], connections: 1, timeoutMs: 1 });
    expect(work.schema.safeParse({ url }).success).toBe(false);
    expect(work.schema.safeParse({ url: "https://a.example/hook" }).success).toBe(true);
  });
});
