import { readRun, toText } from "@pattern-labs/picture";
import { hasAttempt } from "../attempt.ts";
import type { Lab } from "../road.ts";
import { hasScene, runScene } from "../scene.ts";
import type { ViewOptions } from "../view.ts";

/** The lab's scene played with both answers, on one time scale; nothing where the lab has no scene. */
export async function playBoth(
  lab: Lab,
  signal: AbortSignal,
): Promise<((view: ViewOptions & { readonly colour: boolean }) => string[]) | undefined> {
  if (!hasScene(lab)) return undefined;
  const targets = hasAttempt(lab) ? (["attempt", "reference"] as const) : (["reference"] as const);
  const played = await Promise.all(targets.map((target) => runScene(lab, target, { signal })));
  const runs = played.map(({ recording }) => readRun(recording));
  const problems = played.flatMap(({ problem }) => (problem === undefined ? [] : [problem, ""]));
  return ({ width, colour }) => [
    ...problems,
    ...toText(runs, { width, color: colour }).trimEnd().split("\n"),
  ];
}
