/**
 * The tree hasher: the answer to this lab at work on a real disk. See `--help`.
 *
 * ```sh
 * npx node demo/index.ts                                       # the reference, on 50,000 files that it makes for itself
 * npx node --conditions attempt demo/index.ts --folder ~/photos   # your attempt, on your own
 * ```
 */

import { drawInTerminal, runDemo, saveDrawing, showLive, widthOf } from "@pattern-labs/demo";
import { byteNameOf } from "@pattern-labs/demo/files";
import { Recorder } from "@pattern-labs/picture";
import type { Lab } from "../contract.ts";
import { ChecksumFile, ChecksumFileError } from "../given/checksum-file.ts";
import { fileOpener } from "../given/open-file.ts";
import { type DemoOptions, hasherLine } from "../given/options.ts";
import { checkSums } from "./check-sums.ts";
import { type Ground, prepareGround } from "./ground.ts";
import { hashTree } from "./hash-tree.ts";
import { asJson, asText, type Outcome, statusOf } from "./summary.ts";
import { Tally } from "./tally.ts";
import { LiveView, plainLine } from "./view.ts";

await runDemo({
  commandLine: hasherLine,
  noun: "hasher",
  async run(options, { signal }) {
    // Not a plain import, so that an answer which cannot be loaded can be explained.
    const lab: Lab = await import("#lab");
    refuseUnwritten(lab, options);
    await using ground = await prepareGround(options, signal);
    try {
      return await hashGround(lab, ground, options, signal);
    } catch (error) {
      if (!(error instanceof ChecksumFileError)) throw error;
      process.stderr.write(`${error.message}\n`); // No fault of the hasher's.
      return 1;
    }
  },
});

/** Before 50,000 files are made for nothing. */
function refuseUnwritten(lab: Lab, { threads, ordered, concurrency }: DemoOptions): void {
  const { hashOnThreads, attempted = [] } = lab;
  if (threads !== undefined && (hashOnThreads === undefined || !attempted.includes("threads"))) {
    throw new Error("TODO threads: hashOnThreads is a challenge; leave --threads away until you took it up");
  }
  if (ordered && !attempted.includes("ordered")) {
    throw new Error("TODO ordered: it is a challenge; leave --ordered away until you took it up");
  }
  if (threads === undefined) lab.hashFiles([], { concurrency, open: fileOpener("") }); // Nothing happens before its first `next`.
}

async function hashGround(
  lab: Lab,
  ground: Ground,
  options: DemoOptions,
  signal: AbortSignal,
): Promise<number> {
  const tally = new Tally();
  const recorder = recorderFor(options);
  const outcome: Outcome = {
    tally,
    options,
    readable: ground.readable,
    tookMs: 0,
    stopped: true,
    sums: undefined,
  };
  await using sums = ground.out === undefined ? undefined : await ChecksumFile.create(ground.out);
  try {
    const began = performance.now();
    try {
      using _view = watch(outcome, ground);
      await hashTree(lab, options, { ...partsOf(ground), tally, sums, recorder, signal });
    } finally {
      outcome.tookMs = performance.now() - began;
    }
    outcome.stopped = signal.aborted;
    if (sums !== undefined && !outcome.stopped) await finish(sums, outcome, ground, signal);
  } finally {
    // Whatever has ended it: how far it came is worth knowing.
    if (tally.found > 0) tell(outcome, recorder);
  }
  return statusOf(outcome);
}

/** In a terminal a picture of thousands of files shows nothing; in a page one can look at their beginning and end. */
function recorderFor({ picture, json, concurrency, threads }: DemoOptions): Recorder | undefined {
  const drawn = !json && process.stdout.isTTY;
  if (picture === undefined && !drawn) return undefined;
  const limits = threads === undefined ? { files: concurrency } : { threads };
  return new Recorder({
    title: "The tree hasher",
    limits,
    maxEvents: picture === undefined ? 2_000 : undefined,
  });
}

function watch({ tally, options }: Outcome, ground: Ground): Disposable {
  const view = new LiveView();
  const progress = () => ({ tally, options, total: ground.total });
  return showLive((width) => view.paint(progress(), width), { plain: () => plainLine(progress()) });
}

function partsOf({ root, leaveOut, onName }: Ground) {
  return { root: byteNameOf(root), leaveOut, onName };
}

async function finish(
  sums: ChecksumFile,
  outcome: Outcome,
  ground: Ground,
  signal: AbortSignal,
): Promise<void> {
  await sums.finish();
  outcome.sums = { path: outcome.options.out, lines: sums.lines, check: undefined };
  if (!ground.check) return;
  using _view = showLive(() => "sha256sum checks what was written");
  outcome.sums = { ...outcome.sums, check: await checkSums(sums.path, ground.root, signal) };
}

function tell(outcome: Outcome, recorder: Recorder | undefined): void {
  const { json, picture } = outcome.options;
  process.stdout.write(json ? asJson(outcome) : asText(outcome, widthOf(process.stdout)));
  if (recorder === undefined) return;
  if (picture !== undefined) saveDrawing(recorder, picture);
  if (!json && process.stdout.isTTY && recorder.gap === undefined) drawInTerminal(recorder, process.stdout);
}
