/**
 * The service as a program. See `--help`, and [README.md](README.md).
 *
 * ```sh
 * npx node service/main.ts --services users=http://127.0.0.1:4001/,orders=http://127.0.0.1:4002/
 * npx node --conditions attempt service/main.ts --services …    # on your attempt
 * ```
 */

import { explain, PAGE_WIDTH, UsageError, widthOf } from "@pattern-labs/demo";
import { toldToEnd } from "@pattern-labs/demo/service";
import pino from "pino";
import type { Lab } from "../contract.ts";
import { openService } from "./open-service.ts";
import { readSettings, serviceLine } from "./settings.ts";

try {
  process.exitCode = await serve();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(isUsage ? `${error.message}\nSee --help.\n` : `${explain(error, "gateway")}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
// Whatever was cut off at the deadline ends here.
process.exit();

async function serve(): Promise<number> {
  const ends = Promise.race([toldToEnd(), uncaughtError()]);
  if (process.argv.includes("--help")) {
    process.stdout.write(serviceLine.usage(Math.min(PAGE_WIDTH, widthOf(process.stdout))));
    return 0;
  }
  const settings = readSettings(process.argv.slice(2), process.env);
  const log = pino({
    level: settings.log,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  });
  const lab: Lab = await import("#lab"); // Not a plain import, so that one which cannot be loaded can be explained.
  const service = await openService(lab, settings, log);
  log.info({ url: service.url.href, pid: process.pid }, "listening");
  const reason = await ends;
  if (reason instanceof Error) log.fatal({ err: reason }, "stopping");
  else log.info({ reason }, "stopping");
  const { cut, failed } = await service.stop();
  for (const { name, error } of failed) log.error({ part: name, err: error }, "did not close");
  const { permits, calls } = service.metrics;
  log.info({ cut, permits: permits.now, calls: calls.now }, "stopped");
  return reason instanceof Error || cut.length + failed.length > 0 ? 1 : 0;
}

/** Resolves with an error that nobody has caught; a rejection that nobody handles is one, too. */
function uncaughtError(): Promise<Error> {
  return new Promise((resolve) => process.on("uncaughtException", resolve));
}
