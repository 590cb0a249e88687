import { currentLab, isPassed, positionIn } from "../position.ts";
import type { Progress } from "../progress.ts";
import type { Place } from "../road.ts";
import { roadLines } from "../road-view.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";

/** `lab list`: the road. */
export function list(session: Session, { json }: { readonly json: boolean }): number {
  const progress = session.progress();
  if (json)
    session.say(
      JSON.stringify(
        session.road.map((place) => summaryOf(place, progress)),
        undefined,
        2,
      ),
    );
  else
    session.say(...roadLines(session.road, progress, currentLab(session.road, progress, undefined), session));
  return status.held;
}

/** A lab of the road as programs read it. */
function summaryOf({ order, name, lab, damage }: Place, progress: Progress) {
  const known = { order, lab: name, available: lab !== undefined };
  if (lab === undefined) return damage === undefined ? known : { ...known, damage };
  const position = positionIn(lab, progress);
  return {
    ...known,
    title: lab.title,
    question: lab.question,
    minutes: lab.minutes,
    buildsOn: lab.buildsOn,
    started: position.started,
    passed: isPassed(position),
    changedSince: position.attemptChanged || position.labChanged,
    steps: lab.steps.map((title, index) => ({ step: index + 1, title, standing: position.steps[index] })),
    challenges: lab.challenges.map((id) => ({ challenge: id, standing: position.challenges.get(id) })),
  };
}
