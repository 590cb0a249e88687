import { LOADS, type ServicePolicy, WHO_PAYS } from "../given/policies.ts";
import { addsUp, deepest, disagreements, type LevelFigures, type PolicyFigures, sentOf } from "./figures.ts";
import { count, duration, percent, rate, times } from "./words.ts";

/** What there is to tell about a run, finished or not. */
export interface Run {
  readonly capacity: number;
  readonly limit: number;
  readonly patienceMs: number;
  readonly secondsPerLoad: number;
  readonly policies: readonly PolicyFigures[];
  /** Those that nobody got round to, when it was stopped. */
  readonly untried: readonly ServicePolicy[];
}

const LAST = LOADS.at(-1) ?? 1;

/** Two tables, how they held under the heaviest load and what became of every event, and remarks. */
export function asTable({ capacity, limit, patienceMs, secondsPerLoad, policies, untried }: Run): string {
  const tried = policies.filter(({ levels }) => levels.length > 0);
  const facts = `${count(capacity)} events a second can be written, ${count(limit)} may be buffered. From half of that to ten times as much was offered, ${duration(1_000 * secondsPerLoad)} each. What is written after more than ${duration(patienceMs)} is not good any more.`;
  const blocks = [
    folded(facts),
    layOut([UNDER_LOAD, ...tried.map(underLoad)]),
    ["offered = delivered + dropped + refused + cancelled + buffered + waiting", ...tried.map(account)],
    ...tried.map((figures) => remarks(figures, { capacity, limit })),
    ...policies.map(({ policy, problem }) => (problem === undefined ? [] : folded(`${policy}: ${problem}`))),
    untried.length === 0 ? [] : folded(`Not tried: ${untried.join(", ")}.`),
  ];
  const told = blocks.filter((lines) => lines.length > 0);
  return `${told.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

const UNDER_LOAD = [
  "POLICY",
  "SENT/S",
  "GOOD/S",
  `P99 ${times(LOADS[0])}`,
  `P99 ${times(LAST)}`,
  "DEEPEST",
  "WHO PAYS",
];

function underLoad({ policy, levels }: PolicyFigures): readonly string[] {
  const [first] = levels;
  const last = levels.find(({ load }) => load === LAST);
  return [
    policy,
    last === undefined ? "–" : count(rate(last.producers?.sent ?? 0, last.seconds)),
    last === undefined ? "–" : count(rate(last.inTime, last.seconds)),
    duration(first?.p99Ms),
    duration(last?.p99Ms),
    count(Math.max(...levels.map(deepest))),
    WHO_PAYS[policy],
  ];
}

/** "block        1,410 = 1,394 delivered + 16 cancelled ✓", without what there is none of. */
function account({ policy, counts, ownCounts }: PolicyFigures): string {
  const { offered, ...parts } = counts;
  const some = Object.entries(parts).flatMap(([name, n]) => (n === 0 ? [] : [`${count(n)} ${name}`]));
  const holds = addsUp(counts) && (ownCounts === undefined || disagreements(ownCounts, counts).length === 0);
  const sum = some.length === 0 ? "0" : some.join(" + ");
  return `${policy.padEnd(11)}  ${count(offered).padStart(6)} = ${sum} ${holds ? "✓" : "✗"}`;
}

function remarks(
  figures: PolicyFigures,
  { capacity, limit }: Pick<Run, "capacity" | "limit">,
): readonly string[] {
  const { policy, counts, ownCounts, late } = figures;
  const { sent, heldBack, shed, unread } = sentOf(figures);
  const differ = ownCounts === undefined ? [] : disagreements(ownCounts, counts);
  const fullest = Math.max(
    ...figures.levels.flatMap(({ samples }) => samples.map(({ buffered }) => buffered)),
  );
  const facts = [
    ...(policy !== "naive" && fullest > limit
      ? [`${count(fullest)} were buffered, and ${count(limit)} may be`]
      : []),
    ...(heldBack > sent / 20
      ? [`${count(heldBack)} more were not sent, for their producers had to wait`]
      : []),
    ...(shed > 0
      ? [`of ${count(sent)} sent ${count(shed)} were turned away unread: ${byPriority(figures.levels)}`]
      : []),
    ...(unread > 0 ? [`${count(unread)} sent and not read when the producers hung up`] : []),
    ...(late > 0 ? [`${count(late)} written too late`] : []),
    ...(counts.buffered > 0
      ? [`the backlog is ${duration((1_000 * counts.buffered) / capacity)} of work`]
      : []),
    ...(ownCounts === undefined && policy !== "naive"
      ? ["the buffer does not count yet; this is seen from outside"]
      : []),
    ...(differ.length > 0 ? [`the buffer's own counts differ: ${differ.join("; ")}`] : []),
  ];
  return facts.length === 0 ? [] : folded(`${policy}: ${facts.join("; ")}.`);
}

/** "82 % of normal, 11 % of high priority" */
function byPriority(levels: readonly LevelFigures[]): string {
  const sum = (key: "sent" | "shed" | "highSent" | "highShed") =>
    levels.reduce((total, { producers }) => total + (producers?.[key] ?? 0), 0);
  const normal = percent(sum("shed") - sum("highShed"), sum("sent") - sum("highSent"));
  return `${normal} of normal and ${percent(sum("highShed"), sum("highSent"))} of high priority`;
}

/** The first column and the last to the left, numbers to the right, two spaces between the columns. */
function layOut(rows: readonly (readonly string[])[]): readonly string[] {
  const last = UNDER_LOAD.length - 1;
  const widths = UNDER_LOAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return column === 0 || column === last ? cell.padEnd(width) : cell.padStart(width);
  };
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}

/** Lines of at most 79 letters, but for words that are longer. */
function folded(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > 79) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The same for programs, and all of it. */
export function asJson({ policies, ...run }: Run): string {
  const told = policies.map(({ levels, ...figures }) => ({
    ...figures,
    ownCounts: figures.ownCounts ?? null,
    problem: figures.problem ?? null,
    addsUp: addsUp(figures.counts),
    ...sentOf({ levels, counts: figures.counts }),
    levels: levels.map((level) => ({
      ...level,
      p50Ms: level.p50Ms ?? null,
      p99Ms: level.p99Ms ?? null,
      producers: level.producers ?? null,
      deepest: deepest(level),
    })),
  }));
  return `${JSON.stringify({ ...run, policies: told }, null, 2)}\n`;
}
