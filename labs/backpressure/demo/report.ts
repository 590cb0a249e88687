import { type Column, duration, folded, grouped, layOut, percent } from "@pattern-labs/demo";
import { LOADS, type ServicePolicy, WHO_PAYS } from "../given/policies.ts";
import { addsUp, deepest, disagreements, type LevelFigures, type PolicyFigures, sentOf } from "./figures.ts";
import { rate, times } from "./words.ts";

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

/**
 * Two tables, how they held under the heaviest load and what became of every event, and remarks, in lines of at most so
 * many columns: words are folded, and the first table leaves out what tells least.
 */
export function asTable(
  { capacity, limit, patienceMs, secondsPerLoad, policies, untried }: Run,
  width: number,
): string {
  const tried = policies.filter(({ levels }) => levels.length > 0);
  const facts = `${grouped(capacity)} events a second can be written, ${grouped(limit)} may be buffered. From half of that to ten times as much was offered, ${duration(1_000 * secondsPerLoad)} each. What is written after more than ${duration(patienceMs)} is not good any more.`;
  const words = (text: string) => folded(text, width);
  const blocks = [
    words(facts),
    underLoad(tried, width),
    [
      ...words("offered = delivered + dropped + refused + cancelled + buffered + waiting"),
      ...tried.flatMap((figures) => folded(account(figures), width, " ".repeat(HANGING))),
    ],
    ...tried.map((figures) => remarks(figures, { capacity, limit }).flatMap(words)),
    ...policies.map(({ policy, problem }) => (problem === undefined ? [] : words(`${policy}: ${problem}`))),
    untried.length === 0 ? [] : words(`Not tried: ${untried.join(", ")}.`),
  ];
  const told = blocks.filter((lines) => lines.length > 0);
  return `${told.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** A row for each policy, under the heaviest load. */
function underLoad(tried: readonly PolicyFigures[], width: number): readonly string[] {
  const last = ({ levels }: PolicyFigures) => levels.find(({ load }) => load === LAST);
  const perSecond = (figures: PolicyFigures, of: (level: LevelFigures) => number) => {
    const level = last(figures);
    return level === undefined ? "–" : grouped(rate(of(level), level.seconds));
  };
  const cells = (head: string, cell: (figures: PolicyFigures) => string) => [head, ...tried.map(cell)];
  const columns: readonly Column[] = [
    { cells: cells("POLICY", ({ policy }) => policy), align: "left" },
    { cells: cells("SENT/S", (each) => perSecond(each, ({ producers }) => producers?.sent ?? 0)), worth: 2 },
    { cells: cells("GOOD/S", (each) => perSecond(each, ({ inTime }) => inTime)) },
    { cells: cells(`P99 ${times(LOADS[0])}`, ({ levels }) => duration(levels[0]?.p99Ms)), worth: 3 },
    { cells: cells(`P99 ${times(LAST)}`, (each) => duration(last(each)?.p99Ms)) },
    { cells: cells("DEEPEST", ({ levels }) => grouped(Math.max(...levels.map(deepest)))), worth: 4 },
    { cells: cells("WHO PAYS", ({ policy }) => WHO_PAYS[policy]), align: "left", worth: 1 },
  ];
  return layOut(columns, width);
}

/** So far to the right stands what was offered: where a sum is folded it goes on below. */
const HANGING = 22;

/** "block        1,410 = 1,394 delivered + 16 cancelled ✓", without what there is none of. */
function account({ policy, counts, ownCounts }: PolicyFigures): string {
  const { offered, ...parts } = counts;
  const some = Object.entries(parts).flatMap(([name, n]) => (n === 0 ? [] : [`${grouped(n)} ${name}`]));
  const holds = addsUp(counts) && (ownCounts === undefined || disagreements(ownCounts, counts).length === 0);
  const sum = some.length === 0 ? "0" : some.join(" + ");
  return `${policy.padEnd(11)}  ${grouped(offered).padStart(6)} = ${sum} ${holds ? "✓" : "✗"}`;
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
      ? [`${grouped(fullest)} were buffered, and ${grouped(limit)} may be`]
      : []),
    ...(heldBack > sent / 20
      ? [`${grouped(heldBack)} more were not sent, ${WHY_HELD_BACK[policy] ?? BUSY}`]
      : []),
    ...(shed > 0
      ? [`of ${grouped(sent)} sent ${grouped(shed)} were turned away unread: ${byPriority(figures.levels)}`]
      : []),
    ...(unread > 0 ? [`${grouped(unread)} sent and not read when the producers hung up`] : []),
    ...(late > 0 ? [`${grouped(late)} written too late`] : []),
    ...(counts.buffered > 0
      ? [`the backlog is ${duration((1_000 * counts.buffered) / capacity)} of work`]
      : []),
    ...(ownCounts === undefined && policy !== "naive"
      ? ["the buffer does not count yet; this is seen from outside"]
      : []),
    ...(differ.length > 0 ? [`the buffer's own counts differ: ${differ.join("; ")}`] : []),
  ];
  return facts.length === 0 ? [] : [`${policy}: ${facts.join("; ")}.`];
}

/** Only these answer when a place got free, or when all is written. The others answer at once, if the machine lets them. */
const WHY_HELD_BACK: Partial<Readonly<Record<ServicePolicy, string>>> = {
  block: "for their producers had to wait",
  shed: "for their producers had to wait",
};
const BUSY = "for all producers still waited for answers of this busy machine";

/** "82 % of normal, 11 % of high priority" */
function byPriority(levels: readonly LevelFigures[]): string {
  const sum = (key: "sent" | "shed" | "highSent" | "highShed") =>
    levels.reduce((total, { producers }) => total + (producers?.[key] ?? 0), 0);
  const normal = percent(sum("shed") - sum("highShed"), sum("sent") - sum("highSent"));
  return `${normal} of normal and ${percent(sum("highShed"), sum("highSent"))} of high priority`;
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
