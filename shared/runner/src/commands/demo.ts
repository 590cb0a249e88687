import { existsSync } from "node:fs";
import { join } from "node:path";
import { nameOf, requireAnswer } from "../answer.ts";
import { hasAttempt } from "../attempt.ts";
import { Complaint } from "../complaint.ts";
import { runInForeground } from "../foreground.ts";
import { parseTarget } from "../options.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import type { Target } from "../verdict.ts";

/** `lab demo`: the real thing on real input. Its status is the status of the demo. */
export async function demo(
  session: Session,
  name: string | undefined,
  args: readonly string[],
  options: { readonly target: string | undefined },
): Promise<number> {
  const lab = session.labAtHand(name);
  const script = join(lab.folder, "demo", "index.ts");
  if (!existsSync(script)) throw new Complaint(`${lab.name} has no demo yet.`);
  const target = chosenTarget(lab, options.target);
  session.warn(session.paint.dim(`${lab.name}: the demo is built on ${nameOf(target)}.`));
  return await runInForeground(session, ["--conditions", target, script, ...args]);
}

function chosenTarget(lab: Lab, wanted: string | undefined): Target {
  if (wanted === undefined) return hasAttempt(lab) ? "attempt" : "reference";
  const target = parseTarget(wanted);
  requireAnswer(lab, target);
  return target;
}
