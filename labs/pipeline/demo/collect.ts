import { drawInTerminal, saveDrawing, showLive, widthOf } from "@pattern-labs/demo";
import type { Counters, Lab, Pipeline } from "../contract.ts";
import { keepLevels } from "../given/levels.ts";
import { liveLines, plainLine } from "../given/live-view.ts";
import { lookUpAfter } from "../given/look-up.ts";
import type { CollectOptions } from "../given/options.ts";
import { parseLine } from "../given/parse-line.ts";
import { asJson, asText, faultsOf, type Standing } from "../given/report.ts";
import type { Drawing } from "./drawing.ts";
import { type Bring, follow } from "./follow.ts";
import { Intake } from "./intake.ts";
import { type Ending, Observer } from "./observer.ts";
import { Outputs } from "./outputs.ts";

/**
 * Runs the pipeline on what comes in over TCP until `bring` is done and everything is written. When `signal` aborts, it
 * is drained: nothing more is read, and what was read is written.
 *
 * @returns The exit status.
 */
export async function collect(options: CollectOptions, signal: AbortSignal, bring: Bring): Promise<number> {
  const { runPipeline }: Lab = await import("#lab"); // Not above: what cannot be loaded can then be explained.
  await using outputs = await Outputs.open([options.out, options.copy]);
  await using intake = await Intake.open(options);
  using observer = new Observer(options, intake, outputs.all.length);
  const abort = new AbortController();
  const { levels, lookupMs, workers, buffer, maxLineBytes } = options;
  const pipeline = runPipeline({
    ...observer.watch({
      parse: parseLine,
      keep: keepLevels(levels),
      enrich: lookUpAfter(lookupMs),
      outputs: outputs.all,
    }),
    sources: intake.sources,
    workers,
    buffer,
    maxLineBytes,
    signal: abort.signal,
  });
  const standing = (ending?: Ending) => observer.standing(countersOf(pipeline), ending);

  using lastWords = atSuddenEnd(() => print(standing(SUDDEN_END), options));
  const ending = await runToEnd();
  lastWords[Symbol.dispose]();
  print(standing(ending), options);
  observer[Symbol.dispose]();
  draw(observer.drawing, options);
  return ending.problem === undefined && faultsOf(standing(ending)).length === 0 ? 0 : 1;

  async function runToEnd(): Promise<Ending> {
    using _view = showLive((width) => liveLines(standing(), intake.port, options, width), {
      plain: () => plainLine(standing()),
    });
    const { failure, unsent } = await follow(pipeline, { abort, signal, intake, bring });
    const broken = failure ?? (await outputs.close());
    return { problem: broken ?? unsent, isWhole: broken === undefined && !signal.aborted };
  }
}

const SUDDEN_END: Ending = { isWhole: false, problem: "It was ended before everything was written" };

/** Counters are the last step of the lab; the demo does with its own until then. */
function countersOf(pipeline: Pipeline): Counters | undefined {
  try {
    return pipeline.counters();
  } catch {
    return undefined;
  }
}

/** The second Ctrl-C ends the process at once. Even then it says how things stood. */
function atSuddenEnd(tell: () => void): Disposable {
  process.once("exit", tell);
  return { [Symbol.dispose]: () => process.off("exit", tell) };
}

function print(standing: Standing, { json, out }: CollectOptions): void {
  // Where entries are written to stdout, it is theirs.
  const stream = out === "-" ? process.stderr : process.stdout;
  stream.write(json ? asJson(standing) : asText(standing, widthOf(stream)));
}

function draw({ recorder }: Drawing, { picture, json, out }: CollectOptions): void {
  if (picture !== undefined) saveDrawing(recorder, picture);
  if (!json && out !== "-" && process.stdout.isTTY) drawInTerminal(recorder, process.stdout);
}
