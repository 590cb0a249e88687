import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { attemptPath, copyStarter, hasAttempt, starterHash } from "../attempt.ts";
import { sectionBody } from "../markdown.ts";
import type { Paint } from "../paint.ts";
import { updateProgress } from "../progress.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { enumerate, wrap } from "../text.ts";

/** `lab start`: gives the learner a copy of the starter, and the problem to read. */
export function start(session: Session, name?: string): number {
  const { root, paint } = session;
  const lab = session.lab(name);
  if (hasAttempt(lab)) {
    updateProgress(root, lab.name, (before) => before);
    session.say(
      `Your attempt at ${paint.strong(lab.name)} is there already: ${paint.accent(attemptPath(lab))}`,
      `Go on with it:     ${paint.accent(`npx lab watch ${lab.name}`)}`,
      `Or start afresh:   ${paint.accent(`npx lab reset ${lab.name}`)} (the old one is kept)`,
    );
    return status.held;
  }
  copyStarter(lab);
  updateProgress(root, lab.name, (before) => ({ ...before, starter: starterHash(lab) }));
  session.say(...problemLines(lab, session), "", ...whereToBegin(lab, paint));
  return status.held;
}

/** The beginning of the problem: enough to know what it is about. */
function problemLines(lab: Lab, { paint, width }: Session): string[] {
  const readme = join(lab.folder, "README.md");
  const situation = existsSync(readme)
    ? sectionBody(readFileSync(readme, "utf8"), 2, "The situation")
    : undefined;
  return [
    paint.strong(lab.title),
    ...wrap(lab.question, width).map((line) => paint.dim(line)),
    ...(situation === undefined ? [] : ["", ...wrap(reflow(situation), width)]),
  ];
}

/** One line a paragraph, so that it can be wrapped anew. Code blocks and lists keep their line breaks. */
function reflow(markdown: string): string {
  return markdown
    .split(/\n{2,}/)
    .map((paragraph) =>
      /^(```|~~~|[-*|>]|\d+\.)/m.test(paragraph) ? paragraph : paragraph.replaceAll("\n", " "),
    )
    .join("\n\n");
}

function whereToBegin(lab: Lab, paint: Paint): string[] {
  const buildsOn = lab.buildsOn.length === 0 ? "" : ` It builds on ${enumerate(lab.buildsOn)}.`;
  const steps = enumerate(lab.steps.map((title, index) => `${index + 1} ${title}`));
  return [
    `Steps: ${steps}. About ${lab.minutes} minutes.${buildsOn}`,
    "",
    `1. Read    ${paint.accent(`labs/${lab.name}/README.md`)} and ${paint.accent(`labs/${lab.name}/contract.ts`)}`,
    `2. Write   ${paint.accent(attemptPath(lab))}`,
    `3. Run     ${paint.accent(`npx lab watch ${lab.name}`)}`,
  ];
}
