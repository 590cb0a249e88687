import { once } from "node:events";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

/** A small web site of our own on loopback. Disposing it ends every request that is still under way. */
export interface Site extends AsyncDisposable {
  /** Its front page, from which every other page can be reached. */
  readonly url: URL;
  /** Another address that its pages link to, at which nobody listens. */
  readonly annex: URL;
}

export interface SiteOptions {
  /** How long a page takes to answer. Default: by its path, from 20 to 120 ms. */
  readonly latencyMs?: (path: string) => number;
  /** After so long the pages that never answer, or never end, hang up. Default 30,000. */
  readonly patienceMs?: number;
}

/** Starts a library of 30 pages, with an attic of 30 more in which everything goes wrong that can. */
export async function startSite({
  latencyMs = usualLatency,
  patienceMs = 30_000,
}: SiteOptions = {}): Promise<Site> {
  const closing = new AbortController();
  const annex = new URL(`http://127.0.0.1:${await portOfNobody()}/`);
  const pages = new Map([...library(), ...attic(annex, closing.signal, patienceMs)]);

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? "/";
    await sleep(latencyMs(path), undefined, { signal: closing.signal });
    const page = pages.get(path) ?? pages.get(path.replace(/\?.*/, "")) ?? notFound;
    await page(request, response);
  };
  const server = createServer((request, response) => {
    // Clients that leave in the middle are what this site is for.
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    annex,
    async [Symbol.asyncDispose]() {
      closing.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function usualLatency(path: string): number {
  const sum = Array.from(path, (letter) => letter.charCodeAt(0)).reduce((a, b) => a * 31 + b, 7);
  return 20 + (sum % 101);
}

async function portOfNobody(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

type Page = (request: IncomingMessage, response: ServerResponse) => unknown;
type Pages = Iterable<readonly [path: string, page: Page]>;

/** A front page, four shelves with five books each, and a note to every fifth book. */
function* library(): Pages {
  const shelves = [1, 2, 3, 4].map((shelf) => `/shelf/${shelf}`);
  yield ["/", html("The library", [...shelves, "/attic"])];
  for (const shelf of shelves) {
    const books = [1, 2, 3, 4, 5].map((book) => `${shelf}/book/${book}`);
    yield [shelf, html("A shelf", ["/", ...books])];
    for (const book of books) yield [book, html("A book", [shelf])];
    yield [`${shelf}/book/5`, html("A book with a note", [shelf, "5/note"])];
    yield [`${shelf}/book/5/note`, html("A note", ["../5"])];
  }
}

/** Everything that may happen to a scraper. The comments say what a careful one makes of it. */
function attic(annex: URL, closing: AbortSignal, patienceMs: number): Pages {
  const isHtml = { "content-type": "text/html" };
  const pages: [path: string, page: Page][] = [
    // Mends at the third try.
    ["/attic/flaky-1", mendsAtThirdTry()],
    ["/attic/flaky-2", mendsAtThirdTry()],
    ["/attic/flaky-3", mendsAtThirdTry()],
    // Tried again, in vain.
    ["/attic/broken", reply(500, {}, "Alas")],
    ["/attic/busy", reply(429, { "retry-after": "120" })],
    ["/attic/cut-off", cutOff],
    ["/attic/hangs-up", (request) => request.socket.destroy()],
    ["/attic/silent", () => silence(closing, patienceMs)],
    ["/attic/drip", (_, response) => drip(response, closing, patienceMs)],
    // Wrong for ever: tried once.
    ["/attic/gone", reply(410, isHtml, "Gone")],
    ["/attic/photo", reply(200, { "content-type": "image/png" }, "\x89PNG")],
    ["/attic/untyped", reply(200, {}, "no word on what this is")],
    ["/attic/loop-a", redirect("/attic/loop-b")],
    ["/attic/loop-b", redirect("/attic/loop-a")],
    ["/attic/endless", endlessRedirect],
    ["/attic/nowhere", redirect("http://[nowhere")],
    ["/attic/abroad", redirect("http://abroad.invalid/")],
    ["/attic/huge", (_, response) => pour(response, isHtml)],
    ["/attic/huge-by-header", (_, response) => pour(response, { ...isHtml, "content-length": "5000000000" })],
    ["/attic/bomb", compressed(gzipSync(Buffer.alloc(5_000_000, " ")))],
    ["/attic/damaged", compressed(Buffer.from("this was never compressed"))],
    // Unusual, but fine.
    ["/attic/moved", redirect("/shelf/1")],
    ["/attic/compressed", compressed(gzipSync(document("Compressed", ["/shelf/2"])))],
    ["/attic/latin", encoded("text/html; charset=iso-8859-1", "latin1")],
    ["/attic/latin-by-meta", encoded("text/html", "latin1", '<meta charset="windows-1252">')],
    ["/attic/klingon", encoded("text/html; charset=klingon", "utf8")],
    ["/attic/scribble", reply(200, isHtml, "\0<<a <a href")],
    ["/attic/empty", reply(200, isHtml)],
    ["/attic/base", html("Links from elsewhere", ["book/1", "book/2"], '<base href="/shelf/3/">')],
    ["/attic/links", html("Links of every kind", oddLinks)],
  ];
  const links = pages.map(([path]) => path).filter((path) => path !== "/attic/loop-b");
  return [...pages, ["/attic", html("The attic", [...links, "/attic/never-was", annex.href])]];
}

const oddLinks = [
  "/shelf/1",
  "/shelf/1#middle",
  "../shelf/./1?",
  "",
  "#top",
  "mailto:librarian@example.com",
  "javascript:void(0)",
  "tel:+123",
  "http://[broken",
  "//elsewhere.invalid/page",
];

const notFound = reply(404, { "content-type": "text/html" }, "Not found");

function reply(status: number, headers: OutgoingHttpHeaders, body: string | Uint8Array = ""): Page {
  return (_, response) => response.writeHead(status, headers).end(body);
}

function html(title: string, links: readonly string[], head = ""): Page {
  return reply(200, { "content-type": "text/html; charset=utf-8" }, document(title, links, head));
}

function document(title: string, links: readonly string[], head = ""): string {
  const items = links.map((link) => `<li><a href="${link}">${link}</a></li>`).join("\n");
  return `<!doctype html>\n<title>${title}</title>${head}\n<h1>${title}</h1>\n<ul>\n${items}\n</ul>\n`;
}

function encoded(contentType: string, encoding: BufferEncoding, head = ""): Page {
  return reply(
    200,
    { "content-type": contentType },
    Buffer.from(document("Café Müller", [], head), encoding),
  );
}

function compressed(body: Uint8Array): Page {
  return reply(200, { "content-type": "text/html", "content-encoding": "gzip" }, body);
}

function redirect(location: string): Page {
  return reply(302, { location });
}

function endlessRedirect(request: IncomingMessage, response: ServerResponse): void {
  const step = Number(request.url?.split("?")[1] ?? 0);
  redirect(`/attic/endless?${step + 1}`)(request, response);
}

function mendsAtThirdTry(): Page {
  const refusal = reply(503, { "retry-after": "1" });
  const mended = html("Mended", []);
  let tries = 0;
  return (request, response) => {
    tries += 1;
    return (tries < 3 ? refusal : mended)(request, response);
  };
}

async function cutOff(_: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/html", "content-length": "1000" });
  response.write("<title>Cut off</title>");
  await sleep(20);
  response.destroy();
}

async function drip(response: ServerResponse, closing: AbortSignal, patienceMs: number): Promise<void> {
  response.writeHead(200, { "content-type": "text/html" });
  const hangUp = AbortSignal.any([closing, AbortSignal.timeout(patienceMs)]);
  while (!response.closed) {
    response.write("<p>drip");
    await sleep(100, undefined, { signal: hangUp });
  }
}

async function silence(closing: AbortSignal, patienceMs: number): Promise<never> {
  await sleep(patienceMs, undefined, { signal: closing });
  throw new Error("Nobody waits that long");
}

/** Sends without end, but no faster than it is read. */
async function pour(response: ServerResponse, headers: OutgoingHttpHeaders): Promise<void> {
  response.writeHead(200, headers);
  const paragraphs = Buffer.from("<p>and so on".repeat(5_000));
  const endless = function* () {
    for (;;) yield paragraphs;
  };
  await pipeline(Readable.from(endless()), response);
}
