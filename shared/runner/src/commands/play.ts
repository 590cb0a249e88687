import { join } from "node:path";
import { answerPath, nameOf, requireAnswer } from "../answer.ts";
import { hasAttempt } from "../attempt.ts";
import { Complaint } from "../complaint.ts";
import { runInForeground } from "../foreground.ts";
import { parseTarget } from "../options.ts";
import { hasScene } from "../scene.ts";
import type { Session } from "../session.ts";

/** `lab play`: the lab's playground in a browser, on an answer, and anew at each save. Goes on until it is stopped. */
export async function play(
  session: Session,
  name: string | undefined,
  options: { readonly target: string | undefined },
): Promise<number> {
  const lab = session.labAtHand(name);
  if (!hasScene(lab)) throw new Complaint(`${lab.name} has no scene to be played yet.`);
  const usual = hasAttempt(lab) ? "attempt" : "reference";
  const target = options.target === undefined ? usual : parseTarget(options.target);
  requireAnswer(lab, target);
  session.warn(session.paint.dim(`${lab.name} is played on ${nameOf(target)}.`));
  const root = join(lab.folder, "../..");
  return await runInForeground(session, [
    join(root, "docs/serve.ts"),
    lab.name,
    join(root, answerPath(lab, target)),
  ]);
}
