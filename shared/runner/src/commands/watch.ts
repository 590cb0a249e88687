import { join } from "node:path";
import { requireAnswer } from "../answer.ts";
import { hasAttempt } from "../attempt.ts";
import { askYesNo } from "../confirm.ts";
import { runInForeground } from "../foreground.ts";
import { summary, typeLines, verdictLines } from "../judge-view.ts";
import { type LabJudge, openJudge } from "../judging.ts";
import { parseStep } from "../options.ts";
import { currentLab, isPassed, positionIn } from "../position.ts";
import { recordVerdict, sealOf } from "../record.ts";
import type { Lab } from "../road.ts";
import { positionLines, roadLines } from "../road-view.ts";
import { type Key, listenForKeys } from "../screen/keys.ts";
import { openScreen, type Screen } from "../screen/screen.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { wantsColour } from "../terminal.ts";
import type { Part } from "../test-files.ts";
import { checkTypes } from "../type-check.ts";
import { createEngine, type Engine, type World } from "../watch/engine.ts";
import { render, scrollLimit } from "../watch/render.ts";
import { listenForSaves } from "../watch/saves.ts";
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
  if (!session.interactive) requireAnswer(lab, "attempt");
  const wanted = await askYesNo(session, `There is no attempt at ${lab.name} yet. Start it?`);
  if (wanted === undefined) return status.interrupted;
  return wanted ? start(session, lab.name) : status.held;
}

/** What the learner leaves the screen for, to come back to it afterwards. */
type Errand = "compare" | "bench";

async function watchOnScreen(session: Session, lab: Lab, judge: LabJudge, begin?: Part): Promise<number> {
  let part = begin;
  for (;;) {
    const left = await watchUntilLeft(session, lab, judge, part);
    if (typeof left.next === "number") return left.next;
    part = left.part;
    const run = { compare: compareAfterwards, bench: benchAndWait }[left.next];
    const result = await run(session, lab, judge);
    if (isKilled(result)) return result;
  }
}

/** Loaded when it is asked for: it brings a parser along. */
async function compareAfterwards(session: Session, lab: Lab, judge: LabJudge): Promise<number> {
  const { compareOnScreen } = await import("./compare.ts");
  return await compareOnScreen(session, lab, judge);
}

/** Measuring wants the processor, and the terminal, to itself. Ctrl-C ends the measuring, not the watching. */
async function benchAndWait(session: Session, lab: Lab): Promise<number> {
  const main = join(import.meta.dirname, "..", "main.ts");
  session.say(
    `Measuring your attempt at ${lab.name} beside its rivals. Ctrl-C goes back to your attempt.`,
    "",
  );
  const ended = await runInForeground(session, [main, "bench", lab.name]);
  if (ended === status.interrupted) return status.held;
  if (isKilled(ended)) return ended;
  session.say("", session.paint.dim("Any key goes back to the attempt."));
  const pressed = Promise.withResolvers<Key>();
  using _keys = listenForKeys(session.terminal, pressed.resolve);
  return (await pressed.promise) === "interrupt" ? status.interrupted : status.held;
}

/** Whether a status tells of a signal: then nobody is there to go on with. */
function isKilled(result: number): boolean {
  return result > 128;
}

async function watchUntilLeft(session: Session, lab: Lab, judge: LabJudge, begin?: Part) {
  const colour = wantsColour(session.terminal);
  const left = Promise.withResolvers<number | Errand>();
  using screen = openScreen(session.terminal, () => paint());
  const engine = createEngine(worldOf(session, lab, judge), () => paint(), begin);
  const paint = () => screen.paint(render(engine.state, { ...screen.size(), colour }));
  const compare = () => {
    if (isPassed(positionIn(lab, session.progress()))) left.resolve("compare");
    else engine.tell(`The reference is for afterwards. To look now: npx lab compare ${lab.name} --reveal`);
  };
  const desk = { engine, screen, compare, leave: left.resolve };
  using _keys = listenForKeys(session.terminal, (key) => press(key, desk));
  await using _saves = await listenForSaves(lab, engine.rerun);
  const interrupted = () => left.resolve(status.interrupted);
  session.signal.addEventListener("abort", interrupted, { once: true });

  engine.rerun();
  const next = await left.promise;
  session.signal.removeEventListener("abort", interrupted);
  await engine.stop();
  return { next, part: engine.state.part };
}

interface Desk {
  readonly engine: Engine;
  readonly screen: Screen;
  compare(): void;
  leave(next: number | Errand): void;
}

function press(key: Key, { engine, screen, compare, leave }: Desk): void {
  const page = screen.size().rows - 6;
  const scroll = (by: number) => engine.scroll(by, scrollLimit(engine.state, screen.size()));
  const actions: Readonly<Record<string, () => void>> = {
    interrupt: () => leave(status.interrupted),
    q: () => leave(status.held),
    n: engine.next,
    h: engine.showHint,
    r: () => engine.rerun(),
    l: engine.toggleRoad,
    c: compare,
    b: () => leave("bench"),
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
  const { root, road } = session;
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
      return roadLines(road, progress, currentLab(road, progress, lab.name), session);
    },
    startAfresh: () => startAfresh(root, lab),
  };
}
