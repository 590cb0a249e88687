/**
 * The ingestion service of this lab under ten times the load that it can bear, with one policy after the other. See `--help`.
 *
 * ```sh
 * npx node demo/index.ts                                     # the reference, all policies
 * npx node --conditions attempt demo/index.ts --policy shed  # your attempt, one policy
 * npx node demo/index.ts --serve --policy refuse             # only the service, for curl
 * ```
 */

import { explain, PAGE_WIDTH, runDemo, showLive, widthOf } from "@pattern-labs/demo";
import type { Lab } from "../contract.ts";
import { type DemoOptions, demoOptions, ingestLine } from "../given/options.ts";
import { LOADS, type ServicePolicy } from "../given/policies.ts";
import type { PolicyFigures } from "./figures.ts";
import { LoadProcess } from "./load-process.ts";
import { savePicture } from "./picture.ts";
import { asJson, asTable } from "./report.ts";
import { serve } from "./serve.ts";
import { Trial } from "./trial.ts";
import { liveView, type Progress, plainLine } from "./view.ts";

await runDemo({
  commandLine: ingestLine,
  noun: "buffer",
  async run(given, { signal }) {
    const options = demoOptions(given);
    // Not a plain import, so that an answer which cannot be loaded can be explained.
    const lab: Lab = await import("#lab");
    return options.serve ? await serve(lab, options, signal) : await compare(lab, options, signal);
  },
});

async function compare(lab: Lab, options: DemoOptions, signal: AbortSignal): Promise<number> {
  const secondsPerLoad = options.seconds / options.policies.length / LOADS.length;
  const done: PolicyFigures[] = [];
  try {
    await using load = await LoadProcess.start(options);
    await tryAll(lab, options, { load, secondsPerLoad, done, signal });
  } finally {
    // Whatever has ended it: what was measured until then is worth having.
    const { capacity, limit, patienceMs, policies } = options;
    const untried = policies.slice(done.length);
    const run = { capacity, limit, patienceMs, secondsPerLoad, policies: done, untried };
    process.stdout.write(
      options.json ? asJson(run) : asTable(run, Math.min(PAGE_WIDTH, widthOf(process.stdout))),
    );
    if (options.picture !== undefined) savePicture(run, options.picture);
  }
  return done.some(({ problem }) => problem !== undefined) ? 1 : 0;
}

interface Course {
  readonly load: LoadProcess;
  readonly secondsPerLoad: number;
  /** Where the figures of each policy go, when it has been tried. */
  readonly done: PolicyFigures[];
  readonly signal: AbortSignal;
}

async function tryAll(
  lab: Lab,
  options: DemoOptions,
  { load, secondsPerLoad, done, signal }: Course,
): Promise<void> {
  const { policies, capacity, seconds } = options;
  const began = performance.now();
  let current: Trial | undefined;
  const progress = (): Progress => ({
    capacity,
    tookMs: performance.now() - began,
    lengthMs: 1_000 * seconds,
    done,
    current: current?.figures(),
    toCome: policies.slice(done.length + (current === undefined ? 0 : 1)),
  });
  using _view = showLive((width) => liveView(progress(), width), { plain: () => plainLine(progress()) });
  for (const policy of policies) {
    signal.throwIfAborted();
    try {
      current = new Trial(lab, { ...options, policy }, load);
    } catch (error) {
      done.push(neverBegun(policy, error));
      continue;
    }
    try {
      await current.run(secondsPerLoad, signal);
    } finally {
      done.push(current.figures());
      current = undefined;
    }
  }
}

function neverBegun(policy: ServicePolicy, error: unknown): PolicyFigures {
  return {
    policy,
    levels: [],
    counts: { offered: 0, delivered: 0, dropped: 0, refused: 0, cancelled: 0, buffered: 0, waiting: 0 },
    ownCounts: undefined,
    written: 0,
    late: 0,
    problem: explain(error, policy === "shed" ? "admission" : "buffer"),
  };
}
