import { STATUS_CODES } from "node:http";
import { MIMEType } from "node:util";

export interface FetchOptions {
  /** Ends the request, the body too. `fetchPage` then rejects with its `reason`. */
  readonly signal?: AbortSignal | undefined;
  /** A body that grows beyond this is given up, measured after decompression. Default 1 MB. */
  readonly bodyLimit?: number;
  /** How many redirects are followed. Default 5. */
  readonly redirectLimit?: number;
  /** Says whether a redirect may lead there. Default: anywhere. */
  readonly allows?: (url: URL) => boolean;
}

export interface FetchedPage {
  /** Where the page was in the end, after redirects. */
  readonly url: URL;
  readonly status: number;
  /** The size of the body after decompression. */
  readonly bytes: number;
  readonly html: string;
}

export interface PageErrorDetails extends ErrorOptions {
  readonly permanent: boolean;
  readonly status?: number;
  readonly retryAfter?: string;
}

/** Why a page could not be had. `permanent` says that asking again would not help. */
export class PageError extends Error {
  override readonly name = "PageError";
  readonly permanent: boolean;
  readonly status: number | undefined;
  /** What the server asked for in its Retry-After header, word for word. */
  readonly retryAfter: string | undefined;

  constructor(message: string, { permanent, status, retryAfter, ...options }: PageErrorDetails) {
    super(message, options);
    this.permanent = permanent;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * Fetches one HTML page over HTTP and decodes it by its charset.
 *
 * Redirects are followed by hand: `fetch` would follow 20 of them, to any site.
 *
 * @throws PageError When there is no HTML page to be had there, for now or for ever.
 * @throws The signal's `reason` when it aborts.
 */
export async function fetchPage(start: URL, options: FetchOptions = {}): Promise<FetchedPage> {
  const { signal, bodyLimit = 1_000_000, redirectLimit = 5, allows = () => true } = options;
  let url = start;
  for (let redirects = 0; ; redirects += 1) {
    const response = await request(url, signal);
    if (!isRedirect(response)) return await readPage(response, url, bodyLimit, signal);

    await discard(response);
    const { status } = response;
    if (redirects === redirectLimit) {
      throw new PageError(`redirected more than ${redirectLimit} times`, { permanent: true, status });
    }
    url = redirectTarget(response, url);
    if (!allows(url)) {
      throw new PageError(`redirects to another site, ${url.origin}`, { permanent: true, status });
    }
  }
}

async function request(url: URL, signal: AbortSignal | undefined): Promise<Response> {
  const headers = { accept: "text/html, application/xhtml+xml", "user-agent": "pattern-labs-demo" };
  try {
    return await fetch(url, { redirect: "manual", headers, signal: signal ?? null });
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(error);
  }
}

function isRedirect({ status }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function redirectTarget({ status, headers }: Response, url: URL): URL {
  // Header values arrive as Latin-1; servers that send more than ASCII here mean UTF-8.
  const location = Buffer.from(headers.get("location") ?? "", "latin1").toString("utf8");
  const target = location === "" ? null : URL.parse(location, url);
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw new PageError(`redirects to no web address: "${location}"`, { permanent: true, status });
  }
  // `fetch` refuses an address that carries credentials.
  target.username = "";
  target.password = "";
  return target;
}

async function readPage(
  response: Response,
  url: URL,
  bodyLimit: number,
  signal: AbortSignal | undefined,
): Promise<FetchedPage> {
  const { status } = response;
  const type = contentType(response);
  if (!response.ok) {
    await discard(response);
    throw statusError(response);
  }
  if (type === undefined || !["text/html", "application/xhtml+xml"].includes(type.essence)) {
    await discard(response);
    throw new PageError(`not HTML but ${type?.essence ?? "of no known type"}`, { permanent: true, status });
  }
  const body = await readBody(response, bodyLimit, signal);
  return { url, status, bytes: body.byteLength, html: decode(body, type.params.get("charset")) };
}

function contentType(response: Response): MIMEType | undefined {
  try {
    return new MIMEType(response.headers.get("content-type") ?? "");
  } catch {
    return undefined;
  }
}

function statusError({ status, headers }: Response): PageError {
  const permanent = status < 500 && ![408, 425, 429].includes(status);
  const retryAfter = headers.get("retry-after");
  const message = STATUS_CODES[status] ?? "unknown status";
  if (retryAfter === null) return new PageError(message, { permanent, status });
  return new PageError(`${message} (retry after ${retryAfter})`, { permanent, status, retryAfter });
}

async function readBody(
  response: Response,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { status } = response;
  const tooLarge = new PageError(`body over the limit of ${limit} bytes`, { permanent: true, status });
  if (Number(response.headers.get("content-length")) > limit) {
    await discard(response);
    throw tooLarge;
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    // Leaving the loop early cancels the body, and with it the connection.
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limit) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error === tooLarge ? error : connectionError(error, status);
  }
  return Buffer.concat(chunks);
}

/** Gives the connection free without reading the rest. */
async function discard(response: Response): Promise<void> {
  // It rejects if the body has failed already, and then there is nothing left to give free.
  await response.body?.cancel().catch(() => {});
}

// Anything else, such as a broken certificate or an answer that is not HTTP, will be the same the next time.
const passingTroubles: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection reset",
  UND_ERR_SOCKET: "connection closed too early",
  ETIMEDOUT: "connection timed out",
  UND_ERR_CONNECT_TIMEOUT: "connection timed out",
  UND_ERR_HEADERS_TIMEOUT: "no answer",
  UND_ERR_BODY_TIMEOUT: "the body stopped coming",
  EAI_AGAIN: "host name could not be looked up",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
};

/** `fetch` says only "fetch failed" or "terminated"; what happened is in the cause. */
function connectionError(error: unknown, status?: number): PageError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const known = passingTroubles[code];
  const details = {
    permanent: known === undefined,
    cause: error,
    ...(status === undefined ? {} : { status }),
  };
  if (known !== undefined) return new PageError(known, details);
  if (code === "ENOTFOUND") return new PageError("no host of that name", details);
  if (code.startsWith("Z_")) return new PageError("the compressed body is damaged", details);
  return new PageError(cause instanceof Error ? cause.message : String(cause), details);
}

/** As browsers decide it: byte order mark, then header, then meta tag, then UTF-8. Never throws. */
function decode(body: Uint8Array, charset: string | null): string {
  const mark = Buffer.from(body.subarray(0, 2)).toString("hex");
  if (mark === "feff") return new TextDecoder("utf-16be").decode(body);
  if (mark === "fffe") return new TextDecoder("utf-16le").decode(body);
  return decoder(charset ?? charsetInMeta(body)).decode(body);
}

function decoder(charset: string | undefined): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder(); // A charset that nobody knows: with UTF-8 the links can still be read.
  }
}

function charsetInMeta(body: Uint8Array): string | undefined {
  const head = Buffer.from(body.subarray(0, 1024)).toString("latin1");
  const label = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1];
  // Who can read this as ASCII is not reading UTF-16, whatever it says.
  return label !== undefined && /^utf-?16/i.test(label) ? undefined : label;
}
