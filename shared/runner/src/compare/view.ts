import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestOutcome } from "@pattern-labs/testkit/judge";
import { nameOf } from "../answer.ts";
import { gist } from "../failure-view.ts";
import { problemHeading } from "../judge-view.ts";
import { sectionsOf } from "../markdown.ts";
import type { Paint } from "../paint.ts";
import type { Lab } from "../road.ts";
import type { Section } from "../screen/pager.ts";
import { count, cut, enumerate, hang, wrap } from "../text.ts";
import { type LabVerdict, testsOf } from "../verdict.ts";
import type { ViewOptions } from "../view.ts";
import { type Column, twoTexts } from "./columns.ts";
import { type Facts, factsOf } from "./facts.ts";
import type { Piece, SourceFile } from "./outline.ts";
import { isInside, type Pair } from "./pairs.ts";

/** Both answers as they are read; the attempt has no files where there is none. */
export interface Answers {
  readonly lab: Lab;
  readonly attempt: readonly SourceFile[];
  readonly reference: readonly SourceFile[];
  readonly pairs: readonly Pair[];
}

/** The sizes of both, as facts. */
export function sizeSection({ attempt, reference }: Answers): Section {
  const rows = (mine: Facts | undefined, theirs: Facts): [string, string, string][] => [
    ["files", String(mine?.files ?? "–"), String(theirs.files)],
    ["lines", String(mine?.lines ?? "–"), String(theirs.lines)],
    ["lines of code", String(mine?.linesOfCode ?? "–"), String(theirs.linesOfCode)],
    ["exports", listed(mine?.exports), listed(theirs.exports)],
    ["primitives", listed(mine?.primitives), listed(theirs.primitives)],
  ];
  const facts = rows(attempt.length === 0 ? undefined : factsOf(attempt), factsOf(reference));
  return {
    title: "sizes",
    lines: ({ paint, width }) => [
      ...damageLines(attempt, paint),
      ...table([["", "your attempt", "reference"], ...facts], paint, width),
      "",
      ...wrap("Sizes are facts, not marks: the reference also takes up every challenge.", width).map(
        paint.dim,
      ),
    ],
  };
}

/** Every numbered guarantee, and which of the two holds it. */
export function guaranteeLines(verdicts: Verdicts, { paint, width }: ViewOptions): string[] {
  const both = [verdicts.attempt, verdicts.reference].filter((verdict) => verdict !== undefined);
  const problems = both.flatMap((verdict) =>
    verdict.problems
      .slice(0, 1)
      .flatMap((problem) => [
        paint.bad(`${problemHeading(verdict)}: ${nameOf(verdict.target)}`),
        ...hang("", gist(problem), { margin: 2, width }),
        "",
      ]),
  );
  const inColour = (marks: string) => marks.replace("✔", paint.good).replace("✘", paint.bad);
  const rows = comparedTests(verdicts).flatMap(({ title, attempt, reference }) => {
    const marks = `${markOf(attempt)}     ${markOf(reference)}`;
    const told = [attempt, reference].find((test) => test?.state === "failed")?.failure;
    return [
      ...hang(marks, title, { margin: 10, width, paintLabel: inColour }),
      ...(told === undefined ? [] : hang("", paint.dim(gist(told)), { margin: 12, width })),
    ];
  });
  const sums = both.map((verdict) => `${nameOf(verdict.target)} holds ${heldOf(verdict)}`);
  const legend = both.some((verdict) => verdict.challenges.some((part) => !part.attempted))
    ? " – is a challenge that was not taken up."
    : "";
  return [...problems, paint.dim("yours ref."), ...rows, "", ...wrap(sentence(sums) + legend, width)];
}

function heldOf(verdict: LabVerdict): string {
  const tests = testsOf(verdict);
  const held = tests.filter((test) => test.state === "passed").length;
  return `${held} of ${count(tests.length, "guarantee")}`;
}

function sentence(parts: readonly string[]): string {
  const text = enumerate(parts);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What the tests say about both. */
export interface Verdicts {
  readonly attempt: LabVerdict | undefined;
  readonly reference: LabVerdict;
}

/** One test, of both. */
export interface ComparedTest {
  readonly title: string;
  readonly attempt: TestOutcome | undefined;
  readonly reference: TestOutcome | undefined;
}

export function comparedTests({ attempt, reference }: Verdicts): ComparedTest[] {
  const mine = attempt === undefined ? [] : testsOf(attempt);
  const theirs = testsOf(reference);
  const titles = new Set([...theirs, ...mine].map((test) => test.title));
  return [...titles].map((title) => ({
    title,
    attempt: mine.find((test) => test.title === title),
    reference: theirs.find((test) => test.title === title),
  }));
}

/** The same thing in both answers, each with the place where it stands. */
export function pairSection(
  { lab, pairs }: Answers,
  pair: Pair,
  longest = Number.POSITIVE_INFINITY,
): Section {
  const column = (whose: string, piece: Piece | undefined): Column => {
    if (piece === undefined) return { title: `${whose}: no "${pair.name}" of its own`, lines: [] };
    const lines = textBeside(piece, pairs).split("\n");
    const where = `labs/${lab.name}/${piece.file}:${piece.line}`;
    const rest = lines.length - longest;
    const shown = rest > 0 ? [...lines.slice(0, longest), `… ${count(rest, "more line")}: ${where}`] : lines;
    return { title: `${whose} · ${where}`, lines: shown };
  };
  return {
    title: pair.owner === undefined || pair.owner === "Lab" ? pair.name : `${pair.owner}.${pair.name}`,
    lines: (view) =>
      twoTexts(column("your attempt", pair.attempt), column("reference", pair.reference), view),
  };
}

/**
 * What a section shows of a piece. Where the sections of other pieces show what is inside of it, a factory with its
 * closures or a class with its methods, these are folded; what stands nowhere else is shown whole.
 */
function textBeside(piece: Piece, pairs: readonly Pair[]): string {
  const others = pairs.flatMap(({ attempt, reference }) => [attempt, reference]);
  const hasSections = others.some((other) => other !== undefined && isInside(other, piece));
  return hasSections ? (piece.folded ?? piece.text) : piece.text;
}

/** What else each of them is made of, and where it stands. */
export function restSection({ lab, attempt, reference }: Answers): Section {
  const column = (title: string, files: readonly SourceFile[]): Column => ({
    title,
    lines: files.flatMap(({ file, lines, pieces }) => {
      const names = pieces
        .filter((piece) => piece.kind === "class" || piece.kind === "function")
        .map((piece) => `  ${piece.kind} ${piece.name} :${piece.line}`);
      return [`labs/${lab.name}/${file} (${count(lines, "line")})`, ...names];
    }),
  });
  return {
    title: "what they are made of",
    lines: (view) => twoTexts(column("your attempt", attempt), column("reference", reference), view),
  };
}

/** The reference's trade-offs: whole where there is room to scroll, else the choice, and where to read on. */
export function tradeoffsSection({ lab }: Answers, { whole }: { readonly whole: boolean }): Section {
  const file = `labs/${lab.name}/TRADEOFFS.md`;
  const path = join(lab.folder, "TRADEOFFS.md");
  const text = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  const sections = sectionsOf(text).filter(({ level }) => level === 2);
  const [choice] = sections;
  const others = sections.slice(1).map(({ heading }) => heading);
  return {
    title: "trade-offs",
    lines: ({ paint, width }) => {
      if (text === "") return ["There is no TRADEOFFS.md yet."];
      const shown = whole ? text : (choice?.body ?? text);
      const more = others.length === 0 ? "" : ` goes on with: ${enumerate(others)}.`;
      return [
        ...shown.split("\n").flatMap((line) => wrap(/^#+ /.test(line) ? paint.strong(line) : line, width)),
        "",
        ...wrap(whole ? `This is ${paint.accent(file)}.` : `${paint.accent(file)}${more}`, width),
      ];
    },
  };
}

function listed(names: readonly string[] | undefined): string {
  if (names === undefined) return "–";
  return names.length === 0 ? "none" : names.join(", ");
}

function damageLines(files: readonly SourceFile[], paint: Paint): string[] {
  return files.flatMap(({ file, damage }) =>
    damage === undefined ? [] : [paint.warn(`! ${file} cannot be read: ${damage.split("\n")[0]}`), ""],
  );
}

/** Rows of a label and two values. Values that are too long for their column are cut. */
function table(rows: readonly (readonly [string, string, string])[], paint: Paint, width: number): string[] {
  const label = Math.max(...rows.map(([name]) => name.length)) + 3;
  const half = Math.max(
    8,
    Math.min(Math.max(...rows.map(([, mine]) => mine.length)), Math.floor((width - label) / 2) - 3),
  );
  return rows.map(([name, mine, theirs], index) => {
    const values = `${cut(mine, half).padEnd(half)}   ${cut(theirs, Math.max(8, width - label - half - 3))}`;
    return `${paint.dim(name.padEnd(label))}${index === 0 ? paint.dim(values) : values}`;
  });
}

function markOf(test: TestOutcome | undefined): string {
  if (test === undefined || test.state === "skipped") return "–";
  return test.state === "passed" ? "✔" : "✘";
}
