/**
 * docs/results.md: what was measured, as tables. They are written from the recorded numbers in docs/results/, so that
 * each can be traced to its command, its machine and its day.
 *
 *   node scripts/results.ts             writes docs/results.md from what is recorded
 *   node scripts/results.ts --measure   measures everything anew first; give it a machine that does nothing else
 *   node scripts/results.ts --measure channel mutex   only these
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
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

const root = resolve(import.meta.dirname, "..");
const recorded = join(root, "docs", "results");
const page = join(root, "docs", "results.md");

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { measure: { type: "boolean" }, time: { type: "string" }, rounds: { type: "string" } },
  });
  if (values.measure === true) {
    const { time = "1", rounds = "5" } = values;
    for (const file of benchFiles(positionals)) measure(file, ["--time", time, "--rounds", rounds]);
  }
  writeFileSync(page, resultsPage());
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

/** The page as it must be, from what is recorded. */
export function resultsPage(): string {
  const reports = globSync("*.json", { cwd: recorded })
    .toSorted()
    .map((file) => ({
      name: basename(file, ".json"),
      report: JSON.parse(readFileSync(join(recorded, file), "utf8")) as JsonReport,
    }));
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

const introduction = `Measured, not promised: \`node scripts/results.ts --measure\` measures all of it anew and writes this page from the
numbers in [results/](results). Ratios are medians over rounds, each in a fresh process, the rounds interleaved; in brackets
the middle half. They travel between machines, times do not. **~** marks what moved by more than 15 %.
[How it is measured](../shared/bench/README.md#how-it-measures).`;

function missedLine(name: string, { workload, note, ...target }: FlatTarget): string {
  const measured = target.ratio === null ? "–" : ratioText(target.ratio);
  return `| ${name} | ${cell(workload)} | ${cell(aimOf(target))} | ${measured} | ${cell(note ?? "")} |`;
}

function reportLines(name: string, report: JsonReport): string[] {
  const workloads = [...new Set(report.rows.map(({ workload }) => workload))];
  return [
    `## ${name}`,
    "",
    `${describeMachine(report.machine)} · ${report.date} · ${roundsOf(report)} rounds · \`node scripts/results.ts --measure ${name}\``,
    ...workloads.flatMap((workload) => [
      "",
      ...workloadLines(
        workload,
        report.rows.filter((row) => row.workload === workload),
        report.targets.filter((target) => target.workload === workload),
      ),
    ]),
  ];
}

function roundsOf({ rows }: JsonReport): number {
  return Math.max(...rows.map(({ rounds }) => rounds));
}

function workloadLines(title: string, rows: readonly FlatRow[], targets: readonly FlatTarget[]): string[] {
  const bySpeed = rows.toSorted((a, b) => (a.ratio ?? Infinity) - (b.ratio ?? Infinity));
  const counted = rows.some(({ peakInFlight }) => (peakInFlight ?? 0) > 0);
  return [
    `### ${title}`,
    "",
    `| | × floor | | each |${counted ? " in flight |" : ""} heap | resident |`,
    `|---|---|---|---|${counted ? "---|" : ""}---|---|`,
    ...bySpeed.map((row) => rowLine(row, counted)),
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

function aimOf({ strategy, against, atMost }: Pick<FlatTarget, "strategy" | "against" | "atMost">): string {
  return `${strategy} ≤ ${ratioText(atMost)} × ${against}`;
}

function say(value: number | null, words: (value: number) => string): string {
  return value === null ? "–" : words(value);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

if (import.meta.main) main();
