/**
 * A hub for server-sent events, with listeners that keep up and listeners that sleep. See `--help`.
 *
 * ```sh
 * npx node demo/index.ts                                        # the reference
 * npx node --conditions attempt demo/index.ts --slow 100        # your attempt, a hundred sleepers
 * npx node demo/index.ts --when-full disconnect                 # a sleeper is sent away, and comes back
 * npx node demo/index.ts --subscribers 0 --slow 0 --rate 0      # only the hub, for a browser and curl -N
 * npx node demo/index.ts --port 8081 --nats nats://127.0.0.1    # one of several hubs with the same topics and the same log
 * ```
 */

import { runDemo } from "@pattern-labs/demo";
import type { Lab } from "../contract.ts";
import { demoOptions, hubLine } from "./options.ts";
import { serve } from "./serve.ts";

await runDemo({
  commandLine: hubLine,
  noun: "broker",
  async run(given, { signal }) {
    // Not a plain import, so that an answer which cannot be loaded can be explained.
    const lab: Lab = await import("#lab");
    return await serve(lab, demoOptions(given), signal);
  },
});
