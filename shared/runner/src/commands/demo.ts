import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { hasAttempt } from "../attempt.ts";
import { Complaint } from "../complaint.ts";
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
  const lab = session.lab(name);
  const script = join(lab.folder, "demo", "index.ts");
  if (!existsSync(script)) throw new Complaint(`${lab.name} has no demo yet.`);
  const target = chosenTarget(lab, options.target);
  const built = { attempt: "your attempt", reference: "the reference", starter: "the starter" }[target];
  session.warn(session.paint.dim(`${lab.name}: the demo is built on ${built}.`));
  return runDemo(session, ["--conditions", target, script, ...args]);
}

function chosenTarget(lab: Lab, wanted: string | undefined): Target {
  const target = wanted === undefined ? (hasAttempt(lab) ? "attempt" : "reference") : parseTarget(wanted);
  if (target === "attempt" && !hasAttempt(lab)) {
    throw new Complaint(`There is no attempt at ${lab.name} yet.`, `Begin with: npx lab start ${lab.name}`);
  }
  return target;
}

/** Runs the demo to its end, however it ends: at Ctrl-C it decides itself how to stop. */
async function runDemo({ interrupt, terminal }: Session, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: "inherit", cwd: terminal.cwd });
  // A terminal sends Ctrl-C to the demo by itself; any other signal reaches only this process, and is passed on.
  using _handed = interrupt.handOver((signal) => {
    if (signal !== "SIGINT" || terminal.input.isTTY !== true) child.kill(signal);
  });
  const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy]);
}
