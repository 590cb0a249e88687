/**
 * The service of this lab with real jobs, killed again and again on the way. See `--help`.
 *
 * ```sh
 * npx node demo/index.ts                                        # 2,000 jobs and 10 kills, the reference
 * npx node --conditions attempt demo/index.ts --jobs 200 --kills 2   # your attempt
 * npx node demo/index.ts --folder /usr/share/doc                # real files of yours
 * npx node demo/index.ts --serve --port 8080                    # only the service, for curl
 * ```
 */

import { join } from "node:path";
import { PAGE_WIDTH, runDemo, saveDrawing, showLive, widthOf } from "@pattern-labs/demo";
import { makeTemporaryFolder } from "@pattern-labs/demo/files";
import type { Lab } from "../contract.ts";
import { type Counts, holds } from "./count-up.ts";
import { Course } from "./course.ts";
import { makeFiles, pathsIn } from "./files.ts";
import { type DemoOptions, demoLine } from "./options.ts";
import { asJson, asText } from "./report.ts";
import { serve } from "./serve.ts";
import { liveView, plainLine } from "./view.ts";

await runDemo({
  commandLine: demoLine,
  noun: "queue",
  async run(options, { signal }) {
    if (!options.serve) return await killAndCount(options, signal);
    const lab: Lab = await import("#lab"); // Not above: what cannot be loaded can then be explained.
    return await serve(lab, options, signal);
  },
});

async function killAndCount(options: DemoOptions, signal: AbortSignal): Promise<number> {
  await using temporary = await makeTemporaryFolder("job-queue");
  const { folder = join(temporary.path, "files") } = options;
  if (options.folder === undefined) await makeFiles(folder);
  const paths = await pathsIn(folder);
  await using course = await Course.open({ ...options, folder, paths, data: join(temporary.path, "data") });
  const began = performance.now();
  let counts: Counts | undefined;
  try {
    using _view = showLive(() => liveView(course), { plain: () => plainLine(course) });
    counts = await course.run(signal);
  } finally {
    // Whatever has ended it: what was counted until then is worth having.
    const run = { course, counts, tookMs: performance.now() - began };
    const width = Math.min(PAGE_WIDTH, widthOf(process.stdout));
    process.stdout.write(options.json ? asJson(run) : asText(run, width));
    if (options.picture !== undefined) saveDrawing(course.ledger.recorder, options.picture);
  }
  return holds(counts, options.jobs) ? 0 : 1;
}
