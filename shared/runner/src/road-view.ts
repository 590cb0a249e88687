import { stripVTControlCharacters } from "node:util";
import { attemptPath } from "./attempt.ts";
import type { Paint } from "./paint.ts";
import { isPassed, type Position, positionIn } from "./position.ts";
import type { Progress } from "./progress.ts";
import type { Lab, Place, Road } from "./road.ts";
import { count, enumerate } from "./text.ts";
import type { ViewOptions } from "./view.ts";

/**
 * The road as lines, a lab a line: what is passed, what is under way, what is missing. Where the terminal is too
 * narrow, the names have to do without the titles.
 */
export function roadLines(
  road: Road,
  progress: Progress,
  current: Lab | undefined,
  { paint, width }: ViewOptions,
): string[] {
  const whole = linesOfRoad(road, progress, current, paint, true);
  const fits = whole.every((line) => stripVTControlCharacters(line).length <= width);
  return fits ? whole : linesOfRoad(road, progress, current, paint, false);
}

function linesOfRoad(
  road: Road,
  progress: Progress,
  current: Lab | undefined,
  paint: Paint,
  withTitles: boolean,
): string[] {
  const nameWidth = Math.max(...road.map((place) => place.name.length));
  const titleWidth = Math.max(...road.map(({ lab }) => lab?.title.length ?? 0));
  return road.map((place) => {
    const { mark, note } = standingOf(place, progress, paint);
    const here = place.lab !== undefined && place.lab.name === current?.name;
    const name = place.name.padEnd(nameWidth);
    const painted = place.lab === undefined ? paint.dim(name) : here ? paint.strong(name) : name;
    const title = withTitles ? `${paint.dim((place.lab?.title ?? "").padEnd(titleWidth))}  ` : "";
    return `${here ? paint.accent("▸") : " "} ${place.order} ${mark} ${painted}  ${title}${note}`.trimEnd();
  });
}

function standingOf(place: Place, progress: Progress, paint: Paint): { mark: string; note: string } {
  if (place.damage !== undefined)
    return { mark: paint.bad("!"), note: paint.bad(place.damage.split("\n")[0] ?? "") };
  if (place.lab === undefined) return { mark: paint.bad("!"), note: paint.bad("missing") };
  const position = positionIn(place.lab, progress);
  if (isPassed(position)) {
    const changed = position.attemptChanged || position.labChanged ? paint.warn(", changed since") : "";
    return { mark: paint.good("✔"), note: `passed${challengeNote(position)}${changed}` };
  }
  if (position.started)
    return { mark: paint.accent("·"), note: `step ${position.step} of ${place.lab.steps.length}` };
  return { mark: " ", note: paint.dim(`${place.lab.minutes} minutes`) };
}

function challengeNote({ lab, challenges }: Position): string {
  const passed = [...challenges.values()].filter((standing) => standing !== "open").length;
  return lab.challenges.length === 0 ? "" : `, ${passed} of ${count(lab.challenges.length, "challenge")}`;
}

/** Where the learner is in a lab, and the command that comes next. */
export function positionLines(position: Position, paint: Paint): string[] {
  const { lab, started, step } = position;
  if (!started) {
    return [
      `Next is ${paint.strong(lab.name)}: ${lab.question}`,
      `Begin with: ${paint.accent(`npx lab start ${lab.name}`)}`,
    ];
  }
  const changes = changeLines(position, paint);
  if (step === undefined) {
    return [
      `${paint.good("✔")} ${paint.strong(lab.name)}: every step has passed.`,
      ...changes,
      `Beside the reference: ${paint.accent(`npx lab compare ${lab.name}`)}`,
      `Find a bug in it:     ${paint.accent(`npx lab bug ${lab.name}`)}`,
    ];
  }
  return [
    `You are at ${paint.strong(lab.name)}, step ${step} of ${lab.steps.length}: ${lab.steps[step - 1]}.`,
    `Your attempt: ${paint.accent(attemptPath(lab))}`,
    ...changes,
    `Next: ${paint.accent(`npx lab watch ${lab.name}`)}`,
  ];
}

/** Says so when what passed is not what is there now. */
function changeLines({ lab, attemptChanged, labChanged }: Position, paint: Paint): string[] {
  const changed = [...(attemptChanged ? ["your attempt"] : []), ...(labChanged ? ["the lab"] : [])];
  if (changed.length === 0) return [];
  const verb = changed.length === 1 ? "has" : "have";
  const whether = paint.accent(`npx lab test ${lab.name}`);
  return [
    `${paint.warn("!")} Since then ${enumerate(changed)} ${verb} changed; ${whether} tells what still holds.`,
  ];
}
