/**
 * docs/results.md: what was measured, as pictures and as tables, and docs/comparisons.md: answers beside the reference.
 * They are written from what is recorded in docs/results/, so that each can be traced to its command, its machine and
 * its day.
 *
 *   node scripts/results.ts             writes pages and pictures from what is recorded
 *   node scripts/results.ts --measure   measures everything anew first; give it a machine that does nothing else
 *   node scripts/results.ts --measure channel mutex   only these
 *   node scripts/results.ts --compare   compares anew, in simulated time; or only the labs that are named
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  countText,
  describeMachine,
  durationText,
  type FlatRow,
  type FlatTarget,
  type JsonReport,
  memoryText,
  ratioText,
} from "@pattern-labs/bench";
import { escaped } from "@pattern-labs/picture/chart";
import { aimOf, benchPicture, bySpeed, roundsOf, type Workload, workloadsOf } from "./results-charts.ts";
import { comparisonFiles, recordComparisons } from "./results-compare.ts";

const root = resolve(import.meta.dirname, "..");
const recorded = join(root, "docs", "results");

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      measure: { type: "boolean" },
      compare: { type: "boolean" },
      time: { type: "string" },
      rounds: { type: "string" },
    },
  });
  if (values.measure === true) {
    const { time = "1", rounds = "5" } = values;
    for (const file of benchFiles(positionals)) measure(file, ["--time", time, "--rounds", rounds]);
  }
  if (values.compare === true) await recordComparisons(positionals);
  const written = generated();
  for (const stale of generatedPaths().filter((path) => !written.has(path))) rmSync(join(root, stale));
  for (const [path, text] of written) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Everything that is written from what is recorded: texts, by their paths from the root. */
export function generated(): ReadonlyMap<string, string> {
  const reports = readReports();
  return new Map([
    ["docs/results.md", resultsPage(reports)],
    ...reports.map(({ name, report }) => [`docs/results/${name}.svg`, benchPicture(name, report)] as const),
    ...comparisonFiles(),
  ]);
}

/** What of it is there. */
export function generatedPaths(): string[] {
  return globSync(["docs/{results,comparisons}.md", "docs/results/**/*.svg"], { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
}

/** "shared/primitives/bench/channel.bench.ts" is called channel, "labs/worker-pool/bench/index.ts" worker-pool. */
function nameOf(file: string): string {
  const [, lab] = /^labs\/([^/]+)\//.exec(file) ?? [];
  return lab ?? basename(file, ".bench.ts");
}

function benchFiles(only: readonly string[]): string[] {
  const files = globSync(["shared/primitives/bench/*.bench.ts", "labs/*/bench/index.ts"], { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted();
  const unknown = only.find((name) => !files.some((file) => nameOf(file) === name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot measure "${unknown}": there are only benches of ${files.map(nameOf).join(", ")}`,
    );
  }
  return only.length === 0 ? files : files.filter((file) => only.includes(nameOf(file)));
}

function measure(file: string, flags: readonly string[]): void {
  mkdirSync(recorded, { recursive: true });
  const json = join(recorded, `${nameOf(file)}.json`);
  // In the folder of its package, where Node finds the peers.
  const cwd = join(root, file, "..", "..");
  const main = join(root, "shared/bench/src/main.ts");
  const { status } = spawnSync(process.execPath, [main, join(root, file), "--json", json, ...flags], {
    cwd,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

interface Recorded {
  readonly name: string;
  readonly report: JsonReport;
}

function readReports(): Recorded[] {
  return globSync("*.json", { cwd: recorded })
    .toSorted()
    .map((file) => ({
      name: basename(file, ".json"),
      report: JSON.parse(readFileSync(join(recorded, file), "utf8")) as JsonReport,
    }));
}

function resultsPage(reports: readonly Recorded[]): string {
  const missed = reports.flatMap(({ name, report }) =>
    report.targets.filter(({ reached }) => reached === false).map((target) => ({ name, target })),
  );
  const targets = reports.flatMap(({ report }) => report.targets);
  return [
    "# Results",
    "",
    introduction,
    "",
    `Of ${targets.length} targets ${targets.length - missed.length} are reached. The others, with what was tried:`,
    "",
    "| bench | workload | target | measured | why it stays |",
    "|---|---|---|---|---|",
    ...missed.map(({ name, target }) => missedLine(name, target)),
    ...reports.flatMap(({ name, report }) => ["", ...reportLines(name, report)]),
    "",
  ].join("\n");
}

const introduction = `Measured, not promised: \`node scripts/results.ts --measure\` measures all of it anew and writes this page, with its
pictures, from the numbers in [results/](results). Ratios are medians over rounds, each in a fresh process, the rounds
interleaved; in brackets, and as whiskers, the middle half. They travel between machines, times do not. **~** marks what
moved by more than 15 %. [How it is measured](../shared/bench/README.md#how-it-measures).

The floor counts as 1: the least that anybody could do. In the pictures a shorter bar is quicker, a red **I** is a target that
was missed, and where sizes grow a level curve costs at each size what it costs at the others.

Figures say how quick an answer is, not what it does. That is shown by [the comparisons](comparisons.md): for each lab an answer
with a typical mistake beside the reference, as \`npx lab compare\` shows yours.`;

function missedLine(name: string, { workload, note, ...target }: FlatTarget): string {
  const measured = target.ratio === null ? "–" : ratioText(target.ratio);
  return `| ${name} | ${cell(workload)} | ${cell(aimOf(target))} | ${measured} | ${cell(note ?? "")} |`;
}

function reportLines(name: string, report: JsonReport): string[] {
  const workloads = workloadsOf(report);
  const alt = `${report.title}: time as a multiple of the floor, as the tables below say it`;
  return [
    `## ${name}`,
    "",
    `${describeMachine(report.machine)} · ${report.date} · ${roundsOf(report)} rounds · \`node scripts/results.ts --measure ${name}\``,
    "",
    `<img src="results/${name}.svg" width="100%" alt="${escaped(alt)}">`,
    "",
    "<details>",
    "<summary>The same as tables, with times and memory</summary>",
    ...workloads.flatMap((workload) => ["", ...workloadLines(workload)]),
    "",
    "</details>",
  ];
}

function workloadLines({ title, rows, targets }: Workload): string[] {
  const counted = rows.some(({ peakInFlight }) => (peakInFlight ?? 0) > 0);
  return [
    `**${cell(title)}**`,
    "",
    `| | × floor | | each |${counted ? " in flight |" : ""} heap | resident |`,
    `|---|---|---|---|${counted ? "---|" : ""}---|---|`,
    ...bySpeed(rows).map((row) => rowLine(row, counted)),
    ...(targets.length > 0 ? ["", `Targets: ${targets.map(targetText).join("; ")}.`] : []),
  ];
}

function rowLine(row: FlatRow, counted: boolean): string {
  const {
    strategy,
    kind,
    failure,
    ratio,
    ratioQuartiles,
    nsPerOperation,
    noisy,
    peakInFlight,
    heapMb,
    rssMb,
  } = row;
  const name = kind === "ours" ? `**${cell(strategy)}**` : cell(strategy);
  if (failure !== null) return `| ${name} | – | ${cell(failure)} | – |${counted ? " – |" : ""} – | – |`;
  const range = ratioQuartiles === null ? "" : `(${ratioQuartiles.map(ratioText).join("–")})`;
  const cells = [
    name,
    say(ratio, ratioText),
    `${kind === "floor" ? "the floor" : range}${noisy ? " ~" : ""}`,
    say(nsPerOperation, durationText),
    ...(counted ? [say(peakInFlight, countText)] : []),
    say(heapMb, memoryText),
    say(rssMb, memoryText),
  ];
  return `| ${cells.join(" | ")} |`;
}

function targetText({ ratio, reached, ...target }: FlatTarget): string {
  const mark = reached === null ? "?" : reached ? "✓" : "✗";
  return `${mark} ${aimOf(target)}: ${say(ratio, ratioText)}`;
}

function say(value: number | null, words: (value: number) => string): string {
  return value === null ? "–" : words(value);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

if (import.meta.main) await main();
