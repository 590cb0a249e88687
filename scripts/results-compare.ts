/**
 * docs/comparisons.md: what `lab compare` shows of an answer with a typical mistake. Recorded once, as
 * docs/results/compare/LAB.json; pictures and page are written from that.
 */
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describeMachine, type Machine, thisMachine } from "@pattern-labs/bench";
import { readRun, toSvg } from "@pattern-labs/picture";
import { escaped } from "@pattern-labs/picture/chart";
import { type Comparison, recordComparison } from "@pattern-labs/runner/src/compare/record.ts";
import { readMutants } from "@pattern-labs/runner/src/mutants.ts";
import { findLab, type Lab, readRoad } from "@pattern-labs/runner/src/road.ts";
import { editedFiles, type Mutant } from "@pattern-labs/testkit/mutants";

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "docs", "results", "compare");

/** For each lab, in the order of the road, the mistake of its mutants.ts that is compared, one that its scene shows. */
const MISTAKES: Readonly<Record<string, string>> = {
  "worker-pool": "backoff-holds-worker",
  "fanout-fanin": "chunks-of-files",
  pipeline: "stages-take-turns",
  backpressure: "one-place-for-all-who-wait",
  cancellation: "child-cancels-parent",
  "graceful-shutdown": "stops-together",
  pubsub: "limit-off-by-one",
  "job-queue": "never-renewed",
  "http-fanout": "abandoned",
};

/** A comparison as it is kept. */
export interface RecordedComparison extends Comparison {
  readonly lab: string;
  readonly title: string;
  /** The mistake in the attempt, in words. */
  readonly mistake: string;
  readonly command: string;
  readonly machine: Machine;
  readonly date: string;
}

/** Compares anew, lab after lab; all of them where none is named. */
export async function recordComparisons(only: readonly string[]): Promise<void> {
  const road = readRoad(root);
  for (const name of only.length === 0 ? Object.keys(MISTAKES) : only) {
    const lab = findLab(road, name);
    using copy = copyWithMistake(lab, await mistakeOf(lab));
    const comparison = await recordComparison(copy.lab);
    const { attempt, reference } = comparison.runs;
    if (isDeepStrictEqual(attempt.events, reference.events))
      throw new RangeError(`The scene of ${name} does not show ${MISTAKES[name]}: both runs are the same`);
    const recorded: RecordedComparison = {
      lab: name,
      title: lab.title,
      mistake: copy.mistake,
      command: `node scripts/results.ts --compare ${name}`,
      machine: thisMachine(),
      date: new Date().toISOString().slice(0, 10),
      ...comparison,
    };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(recorded)}\n`);
  }
}

async function mistakeOf(lab: Lab): Promise<Mutant> {
  const { mutants } = await readMutants(lab);
  const found = mutants.find(({ id }) => id === MISTAKES[lab.name]);
  if (found === undefined) throw new RangeError(`labs/${lab.name}/mutants.ts has no ${MISTAKES[lab.name]}`);
  return found;
}

interface LabCopy extends Disposable {
  readonly lab: Lab;
  readonly mistake: string;
}

/** The lab in a folder of its own, with the mistake in `attempt/`: what a learner has there is not touched. */
function copyWithMistake(lab: Lab, mutant: Mutant): LabCopy {
  const base = mkdtempSync(join(tmpdir(), "pattern-labs-compare-"));
  const copy = join(base, "labs", lab.name);
  const left = new Set([
    "node_modules",
    "attempt",
    "bug",
    "wrong",
    "accepted",
    ".pictures",
    ".results",
    ".turbo",
  ]);
  cpSync(lab.folder, copy, { recursive: true, filter: (path) => !left.has(basename(path)) });
  cpSync(join(root, "tsconfig.base.json"), join(base, "tsconfig.base.json"));
  symlinkSync(join(lab.folder, "node_modules"), join(copy, "node_modules"));
  cpSync(join(copy, "solution"), join(copy, "attempt"), { recursive: true });
  for (const [path, text] of editedFiles(mutant, copy)) {
    writeFileSync(path.replace(join(copy, "solution"), join(copy, "attempt")), text);
  }
  return {
    lab: { ...lab, folder: copy },
    mistake: mutant.bug,
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  };
}

/** The page and its pictures, by their paths from the root. */
export function comparisonFiles(): (readonly [path: string, text: string])[] {
  const recorded = readComparisons();
  return [
    ["docs/comparisons.md", comparisonsPage(recorded)],
    ...recorded.flatMap((comparison) =>
      Object.entries(WIDTHS).map(
        ([place, width]) =>
          [
            `docs/results/compare/${comparison.lab}${place}.svg`,
            comparisonPicture(comparison, width),
          ] as const,
      ),
    ),
  ];
}

function readComparisons(): RecordedComparison[] {
  return globSync("*.json", { cwd: folder })
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as RecordedComparison)
    .sort((a, b) => orderOf(a) - orderOf(b));
}

const orderOf = ({ lab }: RecordedComparison) => Object.keys(MISTAKES).indexOf(lab);

/** In pixels: a page has room for the one, a phone for the other. */
const WIDTHS = { "": 880, "-phone": 390 } as const;

/** Both runs, one above the other on one scale, as `lab compare` has them. */
export function comparisonPicture({ lab, runs }: RecordedComparison, width: number): string {
  return `${toSvg([readRun(runs.attempt), readRun(runs.reference)], { width, id: lab })}\n`;
}

function comparisonsPage(recorded: readonly RecordedComparison[]): string {
  return [
    "# An answer beside the reference",
    "",
    introduction,
    ...recorded.flatMap(comparisonLines),
    "",
  ].join("\n");
}

const introduction = `\`npx lab compare\` puts your attempt beside the reference: what each guarantees, how long it is, the texts in pairs, and one
run of each on the same scale of time. Here is what it tells of answers in which there is one mistake that many make.

How to read a picture: the upper half is the attempt, the lower one the reference, and both do the same work, in simulated time.
Each row is somebody who works, each bar a piece of work; what is empty in the upper half and full in the lower one is time that
was lost, and what lies below a red line is too much. Then look for the sentence about it among the guarantees.

Yours, after a pass: \`npx lab compare worker-pool\`; before it, with \`--reveal\`. Recorded by \`node scripts/results.ts --compare\`, from
the mistakes with which the tests of the labs are tested.`;

function comparisonLines(comparison: RecordedComparison): string[] {
  const { lab, title, mistake, command, machine, date, held, sizes, differences } = comparison;
  const counted = ({ passed, of }: { passed: number; of: number }) => `${passed} of ${of}`;
  const alt = `${title}: an attempt in which ${mistake}, above the reference`;
  return [
    "",
    `## ${lab}`,
    "",
    `The mistake: ${mistake}.`,
    "",
    `${describeMachine(machine)} · ${date} · \`${command}\` · [results/compare/${lab}.json](results/compare/${lab}.json)`,
    "",
    "<picture>",
    `<source media="(max-width: 640px)" srcset="./results/compare/${lab}-phone.svg">`,
    `<img src="./results/compare/${lab}.svg" loading="lazy" alt="${escaped(alt)}">`,
    "</picture>",
    "",
    "| | attempt | reference |",
    "|---|---|---|",
    `| guarantees that hold | ${counted(held.attempt)} | ${counted(held.reference)} |`,
    `| lines of code | ${sizes.attempt.linesOfCode} | ${sizes.reference.linesOfCode} |`,
    ...(differences.length > 0 ? ["", "Where the two differ:", "", ...differenceLines(differences)] : []),
  ];
}

/** More than this many are not read. */
const MOST_DIFFERENCES = 8;

function differenceLines(differences: RecordedComparison["differences"]): string[] {
  const more = differences.length - MOST_DIFFERENCES;
  return [
    ...differences
      .slice(0, MOST_DIFFERENCES)
      .map(({ title, attempt }) => `- ${attempt === "passed" ? "✔" : "✘"} ${title}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}
