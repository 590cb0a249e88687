import { confirm, isCancel } from "@clack/prompts";
import { hasAttempt } from "../attempt.ts";
import { Complaint } from "../complaint.ts";
import { summary, typeLines, verdictLines } from "../judge-view.ts";
import { type LabJudge, openJudge } from "../judging.ts";
import { parseStep } from "../options.ts";
import { currentLab, positionIn } from "../position.ts";
import { recordVerdict, sealOf } from "../record.ts";
import type { Lab } from "../road.ts";
import { positionLines, roadLines } from "../road-view.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { wantsColour } from "../terminal.ts";
import type { Part } from "../test-files.ts";
import { checkTypes } from "../type-check.ts";
import { createEngine, type Engine, type World } from "../watch/engine.ts";
import { type Key, listenForKeys } from "../watch/keys.ts";
import { render, scrollLimit } from "../watch/render.ts";
import { listenForSaves } from "../watch/saves.ts";
import { openScreen, type Screen } from "../watch/screen.ts";
import { titleOfPart } from "../watch/state.ts";
import { nextHint } from "./hint.ts";
import { startAfresh } from "./reset.ts";
import { start } from "./start.ts";

/** `lab watch`: judges the current step at each save. */
export async function watchCommand(
  session: Session,
  name: string | undefined,
  options: { readonly step: string | undefined },
): Promise<number> {
  const lab = session.lab(name);
  const begin = options.step === undefined ? undefined : { step: parseStep(lab, options.step) };
  if (!hasAttempt(lab)) {
    const answer = await askToStart(session, lab);
    if (answer !== status.held) return answer;
    if (!hasAttempt(lab)) return status.held;
  }
  return watch(session, lab, begin);
}

/** Watches an attempt that is there: on a screen with keys in a terminal, in plain lines elsewhere. */
export async function watch(session: Session, lab: Lab, begin?: Part): Promise<number> {
  await using judge = await openJudge(lab);
  session.signal.throwIfAborted(); // Ctrl-C may have come while the judge was being opened.
  if (!session.interactive) return await watchInLines(session, lab, judge, begin);
  const result = await watchOnScreen(session, lab, judge, begin);
  // The screen is gone; what stays in the terminal is where the learner left off.
  session.say(...positionLines(positionIn(lab, session.progress()), session.paint));
  return result;
}

async function askToStart(session: Session, lab: Lab): Promise<number> {
  if (!session.interactive) {
    throw new Complaint(`There is no attempt at ${lab.name} yet.`, `Begin with: npx lab start ${lab.name}`);
  }
  const { input, output } = session.terminal;
  const wanted = await confirm({
    message: `There is no attempt at ${lab.name} yet. Start it?`,
    input,
    output,
  });
  if (isCancel(wanted)) return status.interrupted;
  return wanted ? start(session, lab.name) : status.held;
}

async function watchOnScreen(session: Session, lab: Lab, judge: LabJudge, begin?: Part): Promise<number> {
  const colour = wantsColour(session.terminal);
  const ended = Promise.withResolvers<number>();
  using screen = openScreen(session.terminal, () => paint());
  const engine = createEngine(worldOf(session, lab, judge), () => paint(), begin);
  const paint = () => screen.paint(render(engine.state, { ...screen.size(), colour }));
  using _keys = listenForKeys(session.terminal, (key) => press(key, engine, screen, ended.resolve));
  await using _saves = await listenForSaves(lab, engine.rerun);
  session.signal.addEventListener("abort", () => ended.resolve(status.interrupted), { once: true });

  engine.rerun();
  const result = await ended.promise;
  await engine.stop();
  return result;
}

function press(key: Key, engine: Engine, screen: Screen, end: (status: number) => void): void {
  const page = screen.size().rows - 6;
  const scroll = (by: number) => engine.scroll(by, scrollLimit(engine.state, screen.size()));
  const actions: Readonly<Record<string, () => void>> = {
    interrupt: () => end(status.interrupted),
    q: () => end(status.held),
    n: engine.next,
    h: engine.showHint,
    r: () => engine.rerun(),
    l: engine.toggleRoad,
    x: engine.askToReset,
    escape: engine.back,
    up: () => scroll(-1),
    down: () => scroll(1),
    "page up": () => scroll(-page),
    "page down": () => scroll(page),
  };
  const isAsked = engine.state.panel.kind === "reset?" && key !== "interrupt";
  if (!isAsked) actions[key]?.();
  else if (key === "y") engine.resetIfAsked();
  else engine.back();
}

/** Without a terminal there are no keys: each verdict is printed once, and Ctrl-C ends it. */
async function watchInLines(session: Session, lab: Lab, judge: LabJudge, begin?: Part): Promise<number> {
  const options = { paint: session.paint, width: session.width };
  let told: unknown;
  const tell = () => {
    const { result, run, types } = engine.state;
    if (result === undefined || run.state === "running" || told === result) return;
    told = result;
    session.say(...verdictLines(lab, result.verdict, options), ...typeLines(types, result.verdict, options));
    session.say(summary(result.verdict, types, options), "");
  };
  const engine: Engine = createEngine(worldOf(session, lab, judge), tell, begin);
  await using _saves = await listenForSaves(lab, engine.rerun);
  session.say(`Watching ${titleOfPart(lab, engine.state.part)}. Ctrl-C ends it.`, "");
  engine.rerun();
  await new Promise((resolve) => session.signal.addEventListener("abort", resolve, { once: true }));
  await engine.stop();
  return status.interrupted;
}

function worldOf(session: Session, lab: Lab, judge: LabJudge): World {
  const { root, road, paint } = session;
  return {
    lab,
    judge,
    checkTypes: (signal) => checkTypes(lab, "attempt", signal),
    progress: session.progress,
    seal: () => sealOf(lab),
    record: (verdict, seal) => void recordVerdict(root, lab, verdict, seal),
    nextHint: (part) => nextHint(session, lab, part),
    roadLines: () => {
      const progress = session.progress();
      return roadLines(road, progress, currentLab(road, progress, lab.name), paint);
    },
    startAfresh: () => startAfresh(root, lab),
  };
}
