/**
 * The gateway of this lab as a real service before twenty others, of which ten stall for a while. See `--help`.
 *
 * ```sh
 * npx node demo/index.ts                                         # the reference, with a breaker and without
 * npx node --conditions attempt demo/index.ts --only bare        # your attempt
 * npx node demo/index.ts --script 3:well,5:failing*10,5:reset*3  # what else may happen
 * npx node demo/index.ts --faults --seconds 60                   # everything at random, and is every answer true?
 * ```
 */

import { announce, DemoError, PAGE_WIDTH, runDemo, saveDrawing, showLive, widthOf } from "@pattern-labs/demo";
import type { Lab } from "../contract.ts";
import { Act, type ActOptions } from "./act.ts";
import { listenForKeys } from "./keys.ts";
import { type DemoOptions, demoLine } from "./options.ts";
import { DemoPicture } from "./picture.ts";
import { asJson, asText, problemsOf } from "./report.ts";
import type { Step } from "./script.ts";
import { KEYS, liveView, plainLine } from "./view.ts";

const SCRIPT: readonly Step[] = [
  { seconds: 3, behaviour: "well", services: 10 },
  { seconds: 6, behaviour: "stalled", services: 10 },
  { seconds: 3, behaviour: "well", services: 10 },
];

await runDemo({
  commandLine: demoLine,
  noun: "gateway",
  async run(given, { signal }) {
    const { attempted = [] }: Lab = await import("#lab"); // Not above: what cannot be loaded can then be explained.
    return await show(given, actsOf(given, attempted), signal);
  },
});

/** Those that the answer can play. */
function actsOf(given: DemoOptions, attempted: NonNullable<Lab["attempted"]>): readonly ActOptions[] {
  const { clients, timeout, "call-timeout": callTimeoutMs, seed, faults, only } = given;
  const script = faults
    ? [{ seconds: given.seconds ?? 10, behaviour: "well", services: 0 } as const]
    : (given.script ?? SCRIPT);
  const leavePercent = given.leave ?? (faults ? 10 : 2);
  const common = { clients, seed, leavePercent, timeoutMs: timeout, callTimeoutMs, script, isShaken: faults };
  const guards = attempted.filter(
    (each) => each === "breaker" || (faults && (each === "budget" || each === "hedging")),
  );
  const bare: ActOptions = {
    ...common,
    name: "bare",
    title: "Without bulkheads and breakers",
    challenges: [],
  };
  const guarded: ActOptions = {
    ...common,
    name: "guarded",
    title: "With a bulkhead and a breaker for each service",
    challenges: guards,
  };
  if (guards.includes("breaker"))
    return [guarded, bare].filter((act) => only === undefined || (act === bare) === (only === "bare"));
  if (only === "guarded")
    throw new DemoError(
      "This answer has no bulkheads and breakers: it has not attempted the challenge breaker.",
    );
  return [bare];
}

async function show(
  given: DemoOptions,
  options: readonly ActOptions[],
  signal: AbortSignal,
): Promise<number> {
  const picture = new DemoPicture();
  const acts: Act[] = [];
  try {
    for (const each of options) {
      signal.throwIfAborted();
      const act = new Act({ ...each, onFigures: (now) => picture.look(now) });
      acts.push(act);
      await play(act, signal);
    }
  } finally {
    // Whatever has ended it: what was seen until then is worth having.
    const width = Math.min(PAGE_WIDTH + 41, widthOf(process.stdout));
    const seen = acts.filter(({ sent, isUnwritten }) => sent > 0 && !isUnwritten);
    process.stdout.write(given.json ? asJson(seen) : seen.map((act) => asText(act, width)).join("\n"));
    if (given.picture !== undefined) saveDrawing(picture.recorder, given.picture);
  }
  return acts.some((act) => problemsOf(act).length > 0) ? 1 : 0;
}

async function play(act: Act, signal: AbortSignal): Promise<void> {
  if (process.stderr.isTTY !== true) announce(act.options.title);
  using _view = showLive((width) => liveView(act, width), { plain: () => plainLine(act) });
  using _keys = listenForKeys((key) => {
    const behaviour = Object.hasOwn(KEYS, key) ? KEYS[key as keyof typeof KEYS] : undefined;
    if (behaviour !== undefined && act.options.isShaken !== true) act.behave(behaviour);
  });
  await act.run(signal);
}
