/**
 * A real server process under real load is sent a real signal, and what is lost is counted: with `process.exit`, with
 * `server.close`, and with the lab's answer. See `--help`.
 *
 * ```sh
 * npx node demo/index.ts                                            # SIGTERM, all three, the reference
 * npx node --conditions attempt demo/index.ts --server answer       # your attempt
 * npx node demo/index.ts --fault hanging-hook                       # and what else can go wrong
 * npx node demo/index.ts --serve                                    # only the service, for curl and kill
 * ```
 */

import { explain, runDemo, showLive } from "@pattern-labs/demo";
import { wallNow } from "./messages.ts";
import { type DemoOptions, demoOptions, shutdownLine } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { savePicture } from "./picture.ts";
import { asJson, asTable, complaint, type Run, title } from "./report.ts";
import { serve } from "./serve.ts";
import { Trial } from "./trial.ts";
import { liveView, type Progress, plainLine } from "./view.ts";

await runDemo({
  commandLine: shutdownLine,
  noun: "shutdown",
  async run(given, { signal }) {
    const options = demoOptions(given);
    return options.serve ? await serve(options, signal) : await compare(options, signal);
  },
});

async function compare(options: DemoOptions, signal: AbortSignal): Promise<number> {
  const outcomes: Outcome[] = [];
  try {
    await tryAll(options, outcomes, signal);
  } finally {
    // Whatever has ended it: what was counted until then is worth having.
    const run: Run = { options, outcomes, untried: options.servers.slice(outcomes.length) };
    process.stdout.write(options.json ? asJson(run) : asTable(run));
    if (options.picture !== undefined) savePicture(run, options.picture);
  }
  // The naive ones lose something: that is what they are here for.
  return outcomes.some((each) => each.server === "answer" && complaint(each, options) !== undefined) ? 1 : 0;
}

async function tryAll(options: DemoOptions, done: Outcome[], signal: AbortSignal): Promise<void> {
  let current: Trial | undefined;
  const progress = (): Progress => ({
    title: title(options),
    now: wallNow(),
    done,
    current,
    toCome: options.servers.slice(done.length + (current === undefined ? 0 : 1)),
  });
  using _view = showLive(() => liveView(progress()), { plain: () => plainLine(progress()) });
  for (const server of options.servers) {
    signal.throwIfAborted();
    current = new Trial(server, options);
    try {
      done.push(await current.run(signal));
    } catch (error) {
      signal.throwIfAborted();
      done.push(current.brokenOff(explain(error, "shutdown")));
    }
    current = undefined;
  }
}
