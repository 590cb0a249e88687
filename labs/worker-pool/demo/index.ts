/**
 * The polite scraper: the pool of this lab at work on a real site. See `--help`.
 *
 * ```sh
 * npx node demo/index.ts                                                   # the reference, on a small site of ours
 * npx node --conditions attempt demo/index.ts --url https://example.com/   # your attempt, on a real one
 * ```
 */

import { drawInTerminal, runDemo, saveDrawing, showLive } from "@pattern-labs/demo";
import { Recorder } from "@pattern-labs/picture";
import type { Lab, Pool, Snapshot } from "../contract.ts";
import { PageError } from "../given/fetch-page.ts";
import { type DemoOptions, demoOptions, scraperLine } from "../given/options.ts";
import { asJson, asTable, progressLine } from "../given/report.ts";
import { startSite } from "../given/site.ts";
import { crawl } from "./crawl.ts";
import { Frontier } from "./frontier.ts";

await runDemo({
  commandLine: scraperLine,
  noun: "pool",
  async run(given, { signal }) {
    const options = demoOptions(given);
    if (options.url !== undefined) return await scrape(new Frontier(options.url, options), options, signal);
    await using site = await startSite();
    return await scrape(
      new Frontier(site.url, { ...options, otherOrigins: [site.annex.origin] }),
      options,
      signal,
    );
  },
});

async function scrape(frontier: Frontier, options: DemoOptions, signal: AbortSignal): Promise<number> {
  const pool = await openPool(options);
  const recorder = new Recorder({ title: "The polite scraper", limits: { pages: options.workers } });
  const began = performance.now();
  const soFar = () => ({ frontier, tookMs: performance.now() - began, snapshot: snapshotOf(pool) });
  try {
    using _view = showLive(() => progressLine(soFar()));
    await crawl(pool, frontier, { signal, recorder });
  } finally {
    // Whatever has ended it: what was fetched until then is worth having.
    process.stdout.write(options.json ? asJson(soFar()) : asTable(soFar(), process.stdout.columns));
    if (options.picture !== undefined) saveDrawing(recorder, options.picture);
    if (!options.json && process.stdout.isTTY) drawInTerminal(recorder, process.stdout);
  }
  return frontier.pages.some((page) => page.state === "fetched") ? 0 : 1;
}

async function openPool(options: DemoOptions): Promise<Pool> {
  // Not a plain import, so that an answer which cannot be loaded can be explained.
  const { createPool }: Lab = await import("#lab");
  return createPool({
    workers: options.workers,
    // Enough that no worker waits for the next page, and few enough that little is lost at an abort.
    queueLimit: 2 * options.workers,
    retries: options.retries,
    timeLimitMs: options.timeLimitMs,
    ratePerSecond: options.ratePerSecond,
    burst: options.burst,
    isPermanent: (error) => error instanceof PageError && error.permanent,
  });
}

/** The snapshot is the last step of the lab; the demo does without it until then. */
function snapshotOf(pool: Pool): Snapshot | undefined {
  try {
    return pool.snapshot();
  } catch {
    return undefined;
  }
}
