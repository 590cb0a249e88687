import { hasAttempt } from "../attempt.ts";
import { benchLines } from "../compare/bench-card.ts";
import { readContract } from "../compare/contract.ts";
import { factsOf } from "../compare/facts.ts";
import { outlineOf, type Piece } from "../compare/outline.ts";
import { type Pair, pairUp } from "../compare/pairs.ts";
import {
  type Answers,
  comparedTests,
  guaranteeLines,
  pairSection,
  restSection,
  sizeSection,
  tradeoffsSection,
  type Verdicts,
} from "../compare/view.ts";
import { refusalJson } from "../complaint.ts";
import { type LabJudge, openJudge } from "../judging.ts";
import { lockLines, lockOf } from "../locked.ts";
import { isPassed, positionIn } from "../position.ts";
import type { Lab } from "../road.ts";
import { openPager, type Section } from "../screen/pager.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { wantsColour } from "../terminal.ts";
import { showProgress } from "../ticker.ts";

export interface CompareOptions {
  readonly reveal?: boolean;
  readonly plain?: boolean;
  readonly json?: boolean;
}

/** `lab compare`: the reference beside the attempt, after a pass. */
export async function compare(
  session: Session,
  name: string | undefined,
  options: CompareOptions,
): Promise<number> {
  const lab = session.labAtHand(name);
  const position = positionIn(lab, session.progress());
  if (!isPassed(position) && options.reveal !== true) {
    const lock = lockOf(position, "The reference is for afterwards.");
    const anyway = `npx lab compare ${lab.name} --reveal`;
    if (options.json === true)
      session.say(refusalJson({ message: lock.reason, advice: `${lock.goOn}, or ${anyway} --json` }));
    else session.say(...lockLines(lock, session), `Or look all the same: ${session.paint.accent(anyway)}`);
    return status.failed;
  }
  await using judge = await openJudge(lab);
  session.signal.throwIfAborted();
  if (options.json === true) return await printJson(session, readAnswers(lab), judge);
  if (options.plain === true || !session.interactive)
    return await printPlain(session, readAnswers(lab), judge);
  return await compareOnScreen(session, lab, judge);
}

function readAnswers(lab: Lab): Answers {
  const attempt = outlineOf(lab, "attempt");
  const reference = outlineOf(lab, "reference");
  return { lab, attempt, reference, pairs: pairUp(readContract(lab), attempt, reference) };
}

/** The same tests, one answer after the other: together they would only share the processor. */
async function judgeBoth({ lab }: Answers, judge: LabJudge, options: JudgeOptions): Promise<Verdicts> {
  const { signal, onStart } = options;
  const attempt = hasAttempt(lab) ? await judge.judge({ target: "attempt", signal, onStart }) : undefined;
  return { attempt, reference: await judge.judge({ target: "reference", signal, onStart }) };
}

interface JudgeOptions {
  readonly signal: AbortSignal;
  readonly onStart: (title: string) => void;
}

/** In a terminal: one section at a time. Reading can begin at once; what must be run first comes in while one reads. */
export async function compareOnScreen(session: Session, lab: Lab, judge: LabJudge): Promise<number> {
  const answers = readAnswers(lab);
  const leaving = new AbortController();
  const signal = AbortSignal.any([session.signal, leaving.signal]);
  let guarantees: Lines = () => ["The tests are being run …"];
  let picture: Lines = () => ["The scene is being played …"];
  const sections = sectionsOf(answers, {
    guarantees: (view) => guarantees(view),
    picture: (view) => picture(view),
    whole: true,
  });
  using pager = openPager(session, `compare ${lab.name}`, sections);
  const onStart = (title: string) => {
    guarantees = () => [`The tests are being run … ${title}`];
    pager.repaint();
  };
  const judging = judgeBoth(answers, judge, { signal, onStart }).then(
    (verdicts) => {
      guarantees = (view) => guaranteeLines(verdicts, view);
    },
    (error: Error) => {
      guarantees = () => [`The tests could not be run: ${error.message}`];
    },
  );
  void judging.then(pager.repaint);
  const playing = pictureOf(session, lab, signal).then((lines) => {
    picture = lines;
    pager.repaint();
  });
  const result = await pager.closed;
  leaving.abort();
  await Promise.all([judging, playing]);
  return result;
}

async function printPlain(session: Session, answers: Answers, judge: LabJudge): Promise<number> {
  const verdicts = await judgeWithTicker(session, answers, judge);
  const { paint, width } = session;
  const view = { paint, width };
  const guarantees: Lines = (view) => guaranteeLines(verdicts, view);
  const picture = await pictureOf(session, answers.lab, session.signal);
  session.say(`${paint.strong(answers.lab.name)}: your attempt and the reference`, "");
  for (const section of sectionsOf(answers, { guarantees, picture, whole: false })) {
    session.say(paint.strong(`── ${section.title} `.padEnd(width, "─")), "", ...section.lines(view), "");
  }
  return status.held;
}

async function printJson(session: Session, answers: Answers, judge: LabJudge): Promise<number> {
  const { lab, attempt, reference, pairs } = answers;
  const verdicts = await judgeWithTicker(session, answers, judge);
  const guarantees = comparedTests(verdicts).map(({ title, attempt, reference }) => ({
    guarantee: (attempt ?? reference)?.guarantee,
    title,
    attempt: attempt?.state,
    reference: reference?.state,
  }));
  const sizes = {
    attempt: attempt.length === 0 ? undefined : factsOf(attempt),
    reference: factsOf(reference),
  };
  const tradeoffs = `labs/${lab.name}/TRADEOFFS.md`;
  const report = { lab: lab.name, sizes, guarantees, pairs: pairs.map(whole), tradeoffs };
  session.say(JSON.stringify(report, undefined, 2));
  return status.held;
}

/** A program that reads this folds for itself. */
function whole({ attempt, reference, ...pair }: Pair): Pair {
  const asItIs = ({ folded: _, ...piece }: Piece): Piece => piece;
  return {
    ...pair,
    ...(attempt && { attempt: asItIs(attempt) }),
    ...(reference && { reference: asItIs(reference) }),
  };
}

async function judgeWithTicker(session: Session, answers: Answers, judge: LabJudge): Promise<Verdicts> {
  using ticker = showProgress(session);
  const verdicts = await judgeBoth(answers, judge, { signal: session.signal, onStart: ticker.show });
  session.signal.throwIfAborted();
  return verdicts;
}

/** The picture, or why there is none. Never rejects: a comparison without it is one all the same. */
async function pictureOf(session: Session, lab: Lab, signal: AbortSignal): Promise<Lines> {
  try {
    const { playBoth } = await import("../compare/picture.ts");
    const lines = await playBoth(lab, signal);
    if (lines === undefined) return () => ["This lab has no scene to play."];
    const colour = wantsColour(session.terminal);
    return (view) => lines({ ...view, colour });
  } catch (error) {
    const { message } = error as Error;
    return () => [`The scene could not be played: ${message}`];
  }
}

/** Without a screen to scroll, a text that is longer than this is cut, with the place where it goes on. */
const longestInPlain = 60;

/** What a section says. */
type Lines = Section["lines"];

interface SectionOptions {
  readonly guarantees: Lines;
  readonly picture: Lines;
  /** Whether there is room for everything: a screen can be scrolled. */
  readonly whole: boolean;
}

function sectionsOf(answers: Answers, { guarantees, picture, whole }: SectionOptions): Section[] {
  const longest = whole ? Number.POSITIVE_INFINITY : longestInPlain;
  return [
    { title: "guarantees", lines: guarantees },
    sizeSection(answers),
    ...answers.pairs.map((pair) => pairSection(answers, pair, longest)),
    restSection(answers),
    tradeoffsSection(answers, { whole }),
    { title: "picture", lines: picture },
    { title: "bench", lines: (view) => benchLines(answers.lab, view) },
  ];
}
