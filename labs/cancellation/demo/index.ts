/**
 * The scopes of this lab at work: a search that can be stopped, and a service whose clients leave. See `--help`.
 *
 * ```sh
 * npx node demo/index.ts --pattern "TODO|FIXME" --folder ~/code   # the reference; stop it with Ctrl-C
 * npx node --conditions attempt demo/index.ts --serve          # your attempt, and clients that leave midway
 * npx node demo/index.ts --serve --clients 0 --port 8080       # only the service, for curl
 * ```
 */

import { runDemo } from "@pattern-labs/demo";
import type { Lab } from "../contract.ts";
import { demoLine } from "../given/options.ts";
import { refuseUnwritten } from "./refuse-unwritten.ts";

await runDemo({
  commandLine: demoLine,
  noun: "scope",
  async run(given, { signal }) {
    // Not a plain import, so that an answer which cannot be loaded can be explained.
    const lab: Lab = await import("#lab");
    await refuseUnwritten(lab);
    if (given.serve) return await (await import("./service/index.ts")).serve(lab, given, signal);
    return await (await import("./search/index.ts")).search(lab, given, signal);
  },
});
