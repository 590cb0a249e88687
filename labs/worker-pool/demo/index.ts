/**
 * The polite scraper: the pool of this lab at work on a real site. See `--help`.
 *
 * ```sh
 * node demo/index.ts                                                   # the reference, on a small site of ours
 * node --conditions attempt demo/index.ts --url https://example.com/   # your attempt, on a real one
 * ```
 */
import { Recorder } from "@pattern-labs/picture";
import type { Pool, Snapshot } from "../contract.ts";
import { explain, loadLab } from "../given/answer.ts";
import { drawInTerminal, saveDrawing } from "../given/drawing.ts";
import { PageError } from "../given/fetch-page.ts";
import { endQuietlyOnClosedPipe, listenForInterrupts } from "../given/interrupts.ts";
import { type DemoOptions, readOptions, UsageError, usage } from "../given/options.ts";
import { showProgress } from "../given/progress.ts";
import { asJson, asTable, progressLine } from "../given/report.ts";
import { startSite } from "../given/site.ts";
import { crawl } from "./crawl.ts";
import { Frontier } from "./frontier.ts";

endQuietlyOnClosedPipe();
// A pool that is half done may also fail where nobody waits for it.
process.once("uncaughtException", endWith);
await main(process.argv.slice(2)).catch(endWith);

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options.help) {
    process.stdout.write(usage);
  } else if (options.url !== undefined) {
    await scrape(new Frontier(options.url, options), options);
  } else {
    await using site = await startSite();
    await scrape(new Frontier(site.url, { ...options, otherOrigins: [site.annex.origin] }), options);
  }
}

async function scrape(frontier: Frontier, options: DemoOptions): Promise<void> {
  const pool = await openPool(options);
  using interrupts = listenForInterrupts();
  const recorder = new Recorder({ title: "The polite scraper", limits: { pages: options.workers } });
  const began = performance.now();
  const soFar = () => ({ frontier, tookMs: performance.now() - began, snapshot: snapshotOf(pool) });
  try {
    using _progress = showProgress(() => progressLine(soFar()));
    await crawl(pool, frontier, { signal: interrupts.signal, recorder });
  } finally {
    // Whatever has ended it: what was fetched until then is worth having.
    process.stdout.write(options.json ? asJson(soFar()) : asTable(soFar(), process.stdout.columns));
    if (options.picture !== undefined) saveDrawing(recorder, options.picture);
    if (!options.json && process.stdout.isTTY) drawInTerminal(recorder, process.stdout);
  }
  const someFetched = frontier.pages.some((page) => page.state === "fetched");
  process.exitCode = interrupts.reason?.exitStatus ?? (someFetched ? 0 : 1);
}

async function openPool(options: DemoOptions): Promise<Pool> {
  const { createPool } = await loadLab();
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

function endWith(error: unknown): never {
  const isUsage = error instanceof UsageError;
  process.stderr.write(isUsage ? `${error.message}\nSee --help.\n` : `${explain(error)}\n`);
  process.exit(isUsage ? 2 : 1);
}
