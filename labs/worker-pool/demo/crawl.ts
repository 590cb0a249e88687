import type { Recorder } from "@pattern-labs/picture";
import type { JobContext, Pool } from "../contract.ts";
import { type FetchedPage, fetchPage, PageError } from "../given/fetch-page.ts";
import { type HtmlContent, readHtml } from "../given/read-html.ts";
import type { Frontier, Page, Try } from "./frontier.ts";

/**
 * Fetches every page of the frontier through the pool, and those that they link to, until nothing is left or
 * `signal` aborts. What comes of each page is written into the page.
 *
 * The pages that wait stand in the frontier, outside the pool, and this loop alone submits them. It is tempting to
 * let a job submit the links that it finds, but that is a deadlock: once the queue is full, every worker waits in
 * `submit` for a place that only a worker can free.
 */
export async function crawl(
  pool: Pool,
  frontier: Frontier,
  { signal, recorder }: { readonly signal: AbortSignal; readonly recorder: Recorder },
): Promise<void> {
  const outcomes: Promise<void>[] = [];
  try {
    for await (const page of frontier.upcoming(signal)) {
      // Waits for a place in the queue. To wait for the page here would fetch one page at a time.
      const fetching = recorder.job("pages", nameOf(page), (context: JobContext) =>
        visit(page, frontier, context),
      );
      const ticket = await recorder.submit("pages", nameOf(page), () => pool.submit(fetching, { signal }));
      outcomes.push(settle(page, ticket.result, frontier, signal));
    }
    recorder.mark("close", "stop");
    await recorder.phase("drain", () => pool.close());
  } catch (error) {
    if (!signal.aborted) throw error;
    recorder.mark("abort", "stop");
    await pool.abort(signal.reason);
  }
  await Promise.all(outcomes);
}

const nameOf = ({ url }: Page) => `${url.pathname}${url.search}`;

type Visited = FetchedPage & HtmlContent;

/** The job: one try at one page. Whether there will be another is the pool's business. */
async function visit(page: Page, frontier: Frontier, { signal }: JobContext): Promise<Visited> {
  const current: Try = { beganAt: performance.now() };
  page.tries.push(current);
  try {
    const allows = (target: URL) => page.depth === 0 || frontier.allows(target);
    const fetched = await fetchPage(page.url, { signal, allows });
    current.status = fetched.status;
    return { ...fetched, ...readHtml(fetched.html, fetched.url) };
  } catch (error) {
    if (error instanceof PageError) current.status = error.status;
    throw error;
  } finally {
    current.endedAt = performance.now();
  }
}

/** Writes into the page what came of it. Never rejects: a page that cannot be had is a row of the table. */
async function settle(
  page: Page,
  result: Promise<Visited>,
  frontier: Frontier,
  stop: AbortSignal,
): Promise<void> {
  let address = page.url;
  try {
    const { url, bytes, title, links } = await result;
    Object.assign(page, { state: "fetched", bytes, title, links } satisfies Partial<Page>);
    address = url;
  } catch (error) {
    const stopped = stop.aborted && error === stop.reason;
    Object.assign(page, stopped ? { state: "stopped" } : { state: "failed", problem: describe(error) });
  }
  frontier.finish(page, address);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "took too long";
  return error instanceof PageError ? error.message : `${error.name}: ${error.message}`;
}
