/**
 * The log collector: the pipeline of this lab behind a TCP server. See `--help`.
 *
 * ```sh
 * npx node demo/index.ts                               # the reference, with senders of its own and an output that rests
 * npx node --conditions attempt demo/index.ts --serve --port 7070 --out entries.jsonl
 * nc 127.0.0.1 7070 < /var/log/anything.log        # meanwhile, in another terminal
 * ```
 */

import { once } from "node:events";
import { announce, runDemo } from "@pattern-labs/demo";
import { collectorLine, demoOptions } from "../given/options.ts";
import { collect } from "./collect.ts";
import { bringSenders } from "./own-senders.ts";
import { sendLines } from "./send.ts";

await runDemo({
  commandLine: collectorLine,
  noun: "pipeline",
  async run(given, { signal }) {
    const options = demoOptions(given);
    if (options.mode === "send") return await sendLines(options.send, signal);
    if (options.mode === "serve") return await collect(options.collect, signal, everybody);
    return await collect(options.collect, signal, bringSenders(options.send));
  },
});

/** Takes whoever comes, until the end. */
async function everybody(port: number, signal: AbortSignal): Promise<undefined> {
  announce(`Listening on port ${port}.`);
  if (!signal.aborted) await once(signal, "abort");
}
