import type { TestOutcome } from "@pattern-labs/testkit/judge";
import { attemptPath } from "../attempt.ts";
import { storyLines, tellFailure } from "../failure-view.ts";
import { briefLine, failureLines, outputLines, problemHeading, testLine, typeLines } from "../judge-view.ts";
import { type Paint, paintFor, plain } from "../paint.ts";
import type { Standing } from "../position.ts";
import type { Lab } from "../road.ts";
import { type Frame, fitFrame, headOf, keyLines, scrollLimitOf, textWidth } from "../screen/frame.ts";
import type { Size } from "../screen/screen.ts";
import { cut, duration, indent, wrap } from "../text.ts";
import { type ChallengeVerdict, holds, isNotWritten, type StepVerdict } from "../verdict.ts";
import type { ViewOptions } from "../view.ts";
import { nextPart, type Result, titleOfPart, type WatchState } from "./state.ts";

export interface RenderOptions extends Size {
  readonly colour: boolean;
}

/** The screen of `lab watch`: a pure function of what there is to show and of the room there is for it. */
export function render(state: WatchState, options: RenderOptions): string {
  const view = { paint: paintFor(options.colour), width: textWidth(options) };
  return fitFrame(frameOf(state, view), state.scroll, options.rows, view);
}

/** How far the body can be scrolled in a terminal of this size. */
export function scrollLimit(state: WatchState, size: Size): number {
  return scrollLimitOf(frameOf(state, { paint: plain, width: textWidth(size) }), size.rows);
}

function frameOf(state: WatchState, view: ViewOptions): Frame {
  return { head: headLines(state, view), body: bodyLines(state, view), foot: footLines(state, view) };
}

function headLines({ lab, part, position, result }: WatchState, { paint, width }: ViewOptions): string[] {
  const title = `${lab.name} · ${titleOfPart(lab, part)}`;
  const marks = position.steps.map((standing, index) => {
    const isHere = "step" in part && part.step === index + 1;
    const holdsNow = result?.verdict.steps.every(holds) ?? false;
    return isHere && !holdsNow ? paint.accent("▸") : markOf(standing, paint);
  });
  return headOf(title, marks.join(" "), marks.length * 2 - 1, paint, width);
}

function markOf(standing: Standing, paint: Paint): string {
  return { passed: paint.good("✔"), "changed since": paint.dim("✔"), open: paint.dim("·") }[standing];
}

function footLines(state: WatchState, { paint, width }: ViewOptions): string[] {
  const keys = keyLines(keysFor(state), { paint, width });
  return [paint.dim("─".repeat(width)), ...statusLines(state, { paint, width }), ...keys];
}

function keysFor({ panel }: WatchState): readonly string[] {
  if (panel.kind === "reset?") return ["y yes, put it aside", "any other key: no"];
  const back = panel.kind === "verdict" ? [] : ["esc back"];
  const keys = "n next, h hint, r run, l list, c compare, b bench, x reset, q quit, ↑↓ scroll";
  return [...back, ...keys.split(", ")];
}

/** A notice is for the learner, who must be able to read all of it; what is under way is one line at any width. */
function statusLines({ run, result, notice, lab }: WatchState, { paint, width }: ViewOptions): string[] {
  if (notice !== undefined) return wrap(notice, width).map(paint.warn);
  if (run.state === "running") return [paint.accent(cut(`running ${run.test ?? "…"}`, width))];
  const judged = result === undefined ? "" : `judged in ${duration(result.ms)} · `;
  return [paint.dim(cut(`${judged}waiting for a save of ${attemptPath(lab)}`, width))];
}

/** What stands between head and foot; no line is wider than the terminal. */
function bodyLines(state: WatchState, view: ViewOptions): string[] {
  return panelLines(state, view).flatMap((line) => wrap(line, view.width));
}

function panelLines(state: WatchState, view: ViewOptions): string[] {
  const { panel, lab } = state;
  switch (panel.kind) {
    case "hints":
      return hintLines(panel.shown, panel.total, view);
    case "road":
      return [...panel.lines];
    case "reset?":
      return wrap(
        `Put your attempt at ${lab.name} aside and start afresh? It is kept, in .attempts/${lab.name}.`,
        view.width,
      );
    case "verdict":
      return state.result === undefined
        ? [view.paint.dim(state.run.state === "running" ? "The first run takes a moment longer …" : "")]
        : resultLines(state, state.result, view);
  }
}

function hintLines(shown: readonly string[], total: number, { paint, width }: ViewOptions): string[] {
  if (total === 0) return ["There are no hints for this one."];
  const hints = shown.map((hint, index) => [
    paint.strong(`Hint ${index + 1} of ${total}`),
    ...wrap(hint, width),
    "",
  ]);
  const more = shown.length < total ? "h shows the next one." : "That was the last one.";
  // The newest first: it is the one that was asked for.
  return [...hints.reverse().flat(), paint.dim(more)];
}

function resultLines(state: WatchState, result: Result, view: ViewOptions): string[] {
  const { lab } = state;
  const part = result.verdict.steps[0] ?? result.verdict.challenges[0];
  const refused = typeLines(
    state.types.filter((problem) => problem.stopsNode),
    result.verdict,
    view,
  );
  const doubts = [
    ...typeLines(
      state.types.filter((problem) => !problem.stopsNode),
      result.verdict,
      view,
    ),
    ...outputLines(result.verdict, view),
  ];
  if (part === undefined) return ["There are no tests for this one yet.", ...refused, ...doubts];
  if ("challenge" in part && !part.attempted && part.failed === 0)
    return [...notAttempted(part, view), ...refused, ...doubts];
  if (holds(part)) return [...successLines(state, part, result, view), "", ...refused, ...doubts];
  return [...refused, ...trouble(lab, part, result, view), "", ...doubts];
}

/** The first failure in full, the others in one line each. */
function trouble(
  lab: Lab,
  part: StepVerdict | ChallengeVerdict,
  result: Result,
  view: ViewOptions,
): string[] {
  const { paint, width } = view;
  const [problem] = result.verdict.problems;
  if (problem !== undefined) {
    const story = storyLines(tellFailure(problem, lab.name), paint, width - 2);
    return [paint.bad(problemHeading(result.verdict)), ...indent(story, 2)];
  }
  const first = part.tests.find((test) => test.state === "failed");
  const others = part.tests.filter((test) => test !== first);
  return [
    ...(first === undefined ? [] : inFull(lab, first, view)),
    ...others.map((test) => briefLine(test, view)),
  ];
}

function inFull(lab: Lab, test: TestOutcome, view: ViewOptions): string[] {
  if (!isNotWritten(test) || test.failure === undefined)
    return [testLine(test, view), ...failureLines(lab, test, view)];
  const [row] = tellFailure(test.failure, lab.name).rows;
  return [testLine(test, view), ...indent(wrap(row?.text ?? "", view.width - 4), 4), ""];
}

function successLines(
  { lab, part }: WatchState,
  passed: StepVerdict | ChallengeVerdict,
  result: Result,
  view: ViewOptions,
) {
  const { paint } = view;
  const name =
    "step" in passed ? `Step ${passed.step} passes: ${passed.title}` : `Challenge ${passed.challenge} passes`;
  const broken = result.earlier?.find((step) => !holds(step));
  const lines = [
    paint.good(`✔ ${name}`),
    paint.dim(passed.passed === 1 ? "  Its test holds." : `  Its ${passed.passed} tests hold.`),
    "",
  ];
  if (broken !== undefined) {
    const first = broken.tests.find((test) => test.state === "failed");
    const told = first === undefined ? [] : inFull(lab, first, view);
    return [...lines, paint.bad(`But step ${broken.step} no longer holds: ${broken.title}`), "", ...told];
  }
  return [...lines, ...wrap(nextAdvice(lab, part, result.earlier?.length ?? 0, paint), view.width)];
}

function nextAdvice(lab: Lab, part: WatchState["part"], earlier: number, paint: Paint): string {
  const before =
    earlier === 0
      ? ""
      : `The ${earlier === 1 ? "step" : `${earlier} steps`} before still ${earlier === 1 ? "holds" : "hold"}. `;
  const next = nextPart(lab, part);
  const done = `Press ${paint.accent("c")} to see it beside the reference, and ${paint.accent("b")} to measure both.`;
  if (next === undefined) return `${before}That was all there is. ${done}`;
  if ("step" in next) return `${before}Press ${paint.accent("n")} for ${titleOfPart(lab, next)}.`;
  const core = "step" in part ? `${before}Every step of ${lab.name} passes. ${done} ` : "";
  return `${core}Press ${paint.accent("n")} for the challenge "${next.challenge}".`;
}

function notAttempted({ challenge }: ChallengeVerdict, { paint, width }: ViewOptions): string[] {
  const how = `Its tests run once your index.ts says that you take it up: export const attempted = ["${challenge}"].`;
  return [paint.warn(`○ The challenge "${challenge}" is not taken up yet`), "", ...wrap(how, width), ""];
}
