/**
 * The service as a program. See `--help`, and [README.md](README.md).
 *
 * ```sh
 * npx node service/main.ts --folder /usr/share/doc --data /tmp/jobs
 * npx node --conditions attempt service/main.ts --folder /usr/share/doc    # on your attempt
 * ```
 */

import { explain, PAGE_WIDTH, UsageError, widthOf } from "@pattern-labs/demo";
import { toldToEnd } from "@pattern-labs/demo/service";
import pino from "pino";
import type { Lab } from "../contract.ts";
import { StoreError } from "../stores/sqlite-store.ts";
import { openService } from "./open-service.ts";
import { readSettings, serviceLine } from "./settings.ts";

try {
  process.exitCode = await serve();
} catch (error) {
  process.stderr.write(inWords(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
// A handler that goes on is given up: its lease runs out, and somebody else takes its job.
process.exit();

async function serve(): Promise<number> {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings.help) {
    process.stdout.write(serviceLine.usage(Math.min(PAGE_WIDTH, widthOf(process.stdout))));
    return 0;
  }
  const log = pino({
    level: settings.log,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  });
  const told = toldToEnd();
  const lab: Lab = await import("#lab"); // Not a plain import, so that one which cannot be loaded can be explained.
  const service = await Promise.race([openService(lab, settings, log), told]);
  if (typeof service === "string") {
    log.info({ reason: service }, "stopped before it has begun"); // It may have waited for a server that does not answer.
    return 0;
  }
  log.info({ url: service.url.href, pid: process.pid }, "listening");
  const reason = await Promise.race([told, service.failed]);
  log.info({ reason: String(reason) }, "stopping");
  const stillRunning = await service.stop();
  log.info({ stillRunning }, "stopped");
  return stillRunning > 0 || reason instanceof Error ? 1 : 0;
}

function inWords(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\nSee --help.\n`;
  if (error instanceof StoreError || (error instanceof Error && error.name === "EngineError"))
    return `${error.message}.\n`;
  return `${explain(error, "queue")}\n`;
}
