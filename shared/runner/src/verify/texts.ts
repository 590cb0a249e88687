import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hintsIn } from "../hints.ts";
import { anchorOf, codeBlocksOf, linksOf, sectionBody, sectionsOf, wordsIn } from "../markdown.ts";
import type { Lab } from "../road.ts";
import { filesOfChallenge, filesOfStep } from "../test-files.ts";
import { count } from "../text.ts";
import { type Check, check } from "./check.ts";

const headings = [
  "The situation",
  "The obvious attempt",
  "Design first",
  "The contract",
  "Steps",
  "Begin",
  "Going further",
];

const longestSituation = 120;
const longestObviousAttempt = 14;

/** What can be told from a lab's texts. */
export function checkTexts(lab: Lab): Check[] {
  return [checkHeadings(lab), checkSizes(lab), checkLinks(lab), checkHints(lab), checkTestFiles(lab)];
}

function checkHeadings(lab: Lab): Check {
  const readme = read(lab, "README.md");
  const found = sectionsOf(readme)
    .filter(({ level }) => level === 2)
    .map(({ heading }) => heading);
  const faults: string[] = [];
  if (sectionsOf(readme).filter(({ level }) => level === 1).length !== 1)
    faults.push("it must have one title");
  if (!/^> \S/m.test(readme)) faults.push("the question (a line that begins with >) is missing");
  if (!/^Lab \d of 9 · builds on .+ · about \d+ minutes$/m.test(readme)) {
    faults.push('the line "Lab 1 of 9 · builds on nothing · about 90 minutes" is missing');
  } else if (
    !readme.includes(`Lab ${lab.order} of 9 ·`) ||
    !readme.includes(`about ${lab.minutes} minutes`)
  ) {
    faults.push(`order and minutes must be those of package.json: ${lab.order} and ${lab.minutes}`);
  }
  if (found.join("\n") !== headings.join("\n")) {
    faults.push(`its headings must be ${headings.join(" · ")}; got ${found.join(" · ") || "none"}`);
  }
  return check("README has the headings of every lab", faults);
}

function checkSizes(lab: Lab): Check {
  const readme = read(lab, "README.md");
  const words = wordsIn(sectionBody(readme, 2, "The situation") ?? "");
  const [block] = codeBlocksOf(sectionBody(readme, 2, "The obvious attempt") ?? "");
  const lines = (block?.code ?? "").split("\n").filter((line) => line.trim() !== "").length;
  const faults = [
    ...(words > longestSituation ? [`The situation may have ${longestSituation} words, got ${words}`] : []),
    ...(words === 0 ? ["The situation is empty"] : []),
    ...(block === undefined ? ["The obvious attempt has no code"] : []),
    ...(lines > longestObviousAttempt
      ? [`the code of The obvious attempt may have ${longestObviousAttempt} lines, got ${lines}`]
      : []),
  ];
  return check(
    "README is short",
    faults,
    `situation ${count(words, "word")}, obvious attempt ${count(lines, "line")}`,
  );
}

/** Files and anchors that links point to. What is out on the web is not looked up. */
function checkLinks(lab: Lab): Check {
  const texts = ["README.md", "HINTS.md", "TRADEOFFS.md"];
  const links = texts.flatMap((text) => linksOf(read(lab, text)).map((target) => ({ text, target })));
  const inside = links.filter(({ target }) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
  const faults = inside.flatMap(({ text, target }) => {
    const [path = "", anchor] = target.split("#");
    const file =
      path === "" ? join(lab.folder, text) : join(dirname(join(lab.folder, text)), decodeURI(path));
    if (!existsSync(file)) return [`${text} links to ${target}, which does not exist`];
    if (anchor === undefined || !file.endsWith(".md")) return [];
    const anchors = sectionsOf(readFileSync(file, "utf8")).map(({ heading }) => anchorOf(heading));
    return anchors.includes(anchor) ? [] : [`${text} links to ${target}, and there is no such heading`];
  });
  return check("links lead somewhere", faults, count(inside.length, "link"));
}

function checkHints(lab: Lab): Check {
  const hints = read(lab, "HINTS.md");
  const steps = lab.steps.flatMap((_, index) => {
    const found = hintsIn(hints, { step: index + 1 }).length;
    return found < 3 ? [`step ${index + 1} must have at least 3 hints, got ${found}`] : [];
  });
  const challenges = lab.challenges.flatMap((challenge) =>
    hintsIn(hints, { challenge }).length < 1 ? [`the challenge ${challenge} must have a hint`] : [],
  );
  return check("every step and challenge has hints", [...steps, ...challenges]);
}

function checkTestFiles(lab: Lab): Check {
  const steps = lab.steps.flatMap((_, index) =>
    filesOfStep(lab, index + 1).length === 0 ? [`step ${index + 1} has no test file`] : [],
  );
  const challenges = lab.challenges.flatMap((challenge) =>
    filesOfChallenge(lab, challenge).length === 0 ? [`test/challenge-${challenge}.test.ts is missing`] : [],
  );
  return check("every step and challenge has tests", [...steps, ...challenges]);
}

/** The numbers of the guarantees that the README lists. */
export function listedGuarantees(lab: Lab): string[] {
  const readme = read(lab, "README.md");
  const numbers = (heading: string, pattern: RegExp) =>
    [...(sectionBody(readme, 2, heading) ?? "").matchAll(pattern)].map(([, number = ""]) => number);
  return [
    ...numbers("The contract", /^\s*[-*]\s+\*\*(\d+\.\d+)\*\*/gm),
    ...numbers("Going further", /^\s*[-*]\s+\*\*([a-z][a-z0-9-]*\.\d+)\*\*/gm),
  ];
}

function read(lab: Lab, name: string): string {
  const path = join(lab.folder, name);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
