import { askYesNo } from "../confirm.ts";
import { currentLab, isPassed, labAtHand, positionIn } from "../position.ts";
import type { Lab } from "../road.ts";
import { positionLines, roadLines } from "../road-view.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { wrap } from "../text.ts";
import { labAround } from "../workspace.ts";
import { start } from "./start.ts";

/** `lab` alone: where am I? In a terminal it goes on into watch. */
export async function home(session: Session): Promise<number> {
  const lab = showRoad(session);
  if (lab === undefined || !session.interactive) return status.held;

  const position = positionIn(lab, session.progress());
  if (isPassed(position)) return status.held;
  if (!position.started) {
    const wanted = await askYesNo(session, `Start ${lab.name} now?`);
    if (wanted === undefined) return status.interrupted;
    if (!wanted) return status.held;
    const started = start(session, lab.name);
    if (started !== status.held) return started;
    const goOn = await askYesNo(session, "Watch your attempt now? (q ends it at any time)");
    if (goOn === undefined) return status.interrupted;
    if (!goOn) return status.held;
  }
  const { watch } = await import("./watch.ts"); // Most of what there is to load; who only asks where they are need not wait.
  return watch(session, lab);
}

/** `lab status`: the same, and no more. */
export function tellStatus(session: Session): number {
  showRoad(session);
  return status.held;
}

function showRoad(session: Session): Lab | undefined {
  const { road, paint, width, terminal, root } = session;
  const progress = session.progress();
  const lab = currentLab(road, progress, labAround(root, terminal.cwd));
  const here = lab === undefined ? ["No lab is there yet."] : positionLines(positionIn(lab, progress), paint);
  const before = lab === undefined ? [] : passedBefore(session, lab);
  session.say(
    paint.strong("Pattern Labs"),
    "",
    ...roadLines(road, progress, lab, { paint, width }),
    "",
    ...[...before, ...here].flatMap((line) => wrap(line, width)),
    "",
  );
  return lab;
}

/** Of the lab that has just been passed there is something left to do, although another one is next. */
function passedBefore({ road, paint, terminal, root, progress }: Session, next: Lab): string[] {
  const last = labAtHand(road, progress(), labAround(root, terminal.cwd));
  if (last === undefined || last.name === next.name) return [];
  const position = positionIn(last, progress());
  return position.started && isPassed(position) ? [...positionLines(position, paint), ""] : [];
}
