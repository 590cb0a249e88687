import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchPage, type PageError } from "./fetch-page.ts";
import { readHtml } from "./read-html.ts";
import { type Site, startSite } from "./site.ts";

let site: Site;
beforeAll(async () => {
  site = await startSite({ latencyMs: () => 0, patienceMs: 20 });
});
afterAll(() => site[Symbol.asyncDispose]());

const fetchFrom = (path: string) =>
  fetchPage(new URL(path, site.url), { allows: (target) => target.origin === site.url.origin });

async function failureOf(fetching: Promise<unknown>): Promise<PageError> {
  return fetching.then(
    () => {
      throw new Error("The page was fetched; it had to fail");
    },
    (error: PageError) => error,
  );
}

describe("fetchPage", () => {
  it("gives the page, its size and its status", async () => {
    const { html, ...rest } = await fetchFrom("/shelf/1");
    expect(readHtml(html, site.url).title).toBe("A shelf");
    expect(rest).toEqual({ url: new URL("/shelf/1", site.url), status: 200, bytes: Buffer.byteLength(html) });
  });

  it("follows a redirect and says where it led", async () => {
    expect((await fetchFrom("/attic/moved")).url.pathname).toBe("/shelf/1");
  });

  it.each(["latin", "latin-by-meta", "klingon"])("decodes /attic/%s by its charset", async (path) => {
    const { html, url } = await fetchFrom(`/attic/${path}`);
    expect(readHtml(html, url).title).toBe("Café Müller");
  });

  it.each(["compressed", "scribble", "empty", "base", "links"])("fetches /attic/%s", async (path) => {
    expect((await fetchFrom(`/attic/${path}`)).status).toBe(200);
  });

  it.each([
    ["gone", "Gone"],
    ["never-was", "Not Found"],
    ["photo", "not HTML but image/png"],
    ["untyped", "not HTML but of no known type"],
    ["loop-a", "redirected more than 5 times"],
    ["endless", "redirected more than 5 times"],
    ["nowhere", 'redirects to no web address: "http://[nowhere"'],
    ["abroad", "redirects to another site, http://abroad.invalid"],
    ["huge", "body over the limit of 1000000 bytes"],
    ["huge-by-header", "body over the limit of 1000000 bytes"],
    ["bomb", "body over the limit of 1000000 bytes"],
    ["damaged", "the compressed body is damaged"],
  ])("gives up /attic/%s for good: %s", async (path, message) => {
    expect(await failureOf(fetchFrom(`/attic/${path}`))).toMatchObject({
      name: "PageError",
      message,
      permanent: true,
    });
  });

  it.each([
    ["broken", "Internal Server Error"],
    ["busy", "Too Many Requests (retry after 120)"],
    ["cut-off", "connection closed too early"],
    ["hangs-up", "connection closed too early"],
    ["silent", "connection closed too early"],
    ["drip", "connection closed too early"],
  ])("lets /attic/%s be tried again: %s", async (path, message) => {
    expect(await failureOf(fetchFrom(`/attic/${path}`))).toMatchObject({
      name: "PageError",
      message,
      permanent: false,
    });
  });

  it("lets a refused connection be tried again", async () => {
    expect(await failureOf(fetchPage(site.annex))).toMatchObject({
      message: "connection refused",
      permanent: false,
    });
  });

  it("finds a page that mends at the third try", async () => {
    await failureOf(fetchFrom("/attic/flaky-1"));
    expect(await failureOf(fetchFrom("/attic/flaky-1"))).toMatchObject({ status: 503, retryAfter: "1" });
    expect((await fetchFrom("/attic/flaky-1")).status).toBe(200);
  });

  it("takes a body of just the limit, and none larger", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write("12345"); // Without a length in the header.
      response.end("67890");
    });
    expect((await fetchPage(server.url, { bodyLimit: 10 })).bytes).toBe(10);
    expect((await failureOf(fetchPage(server.url, { bodyLimit: 9 }))).message).toMatch(
      "over the limit of 9 bytes",
    );
  });

  it("rejects with the signal's reason while it waits for an answer", async () => {
    const controller = new AbortController();
    await using server = await serve(() => controller.abort("enough"));
    await expect(fetchPage(server.url, { signal: controller.signal })).rejects.toBe("enough");
  });

  it("rejects with the signal's reason in the middle of the body", async () => {
    const controller = new AbortController();
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/html", "content-length": "10" });
      response.write("12345", () => setImmediate(() => controller.abort("enough")));
    });
    await expect(fetchPage(server.url, { signal: controller.signal })).rejects.toBe("enough");
  });

  it.each([
    ["utf-16le", Buffer.from("\uFEFF<title>Café</title>", "utf16le")],
    ["utf-8", Buffer.from("\uFEFF<title>Café</title>", "utf8")],
  ])("knows %s by its byte order mark", async (_, body) => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(body);
    });
    expect((await fetchPage(server.url)).html).toBe("<title>Café</title>");
  });

  it("calls an answer that is not HTTP an error for good", async () => {
    await using server = await serve((request) => request.socket.end("220 mail.example ESMTP\r\n"));
    expect(await failureOf(fetchPage(server.url))).toMatchObject({ name: "PageError", permanent: true });
  });
});

async function serve(listener: RequestListener): Promise<AsyncDisposable & { url: URL }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
