import { stripVTControlCharacters } from "node:util";
import { count, cut, duration, folded, grouped, megabytes } from "@pattern-labs/demo";
import type { Counters } from "../contract.ts";
import type { IntakeStats } from "../demo/intake.ts";
import type { Meter } from "../demo/meter.ts";
import type { RejectedLine, Rejects } from "../demo/rejects.ts";
import type { Stall } from "../demo/stall-watch.ts";

/** What there is to tell about a run, finished or not. */
export interface Standing {
  readonly intake: IntakeStats;
  readonly meter: Meter;
  /** What the pipeline says of itself, if it can. */
  readonly counters: Counters | undefined;
  readonly rejects: Pick<Rejects, "count" | "latest">;
  readonly stall: Stall | undefined;
  /** How many entries may be inside at once. */
  readonly insideLimit: number;
  readonly memoryPeak: number;
  readonly ms: number;
  /** Whether everything that was sent had the time to come through. */
  readonly isWhole: boolean;
  /** Why it ended before it was done, if it did. */
  readonly problem: string | undefined;
}

/** The counters of the pipeline; as long as it has none, those of the demo. */
export function countersOf({ counters, meter, rejects }: Standing): Counters {
  const { parsed, filtered, enriched, written } = meter;
  return counters ?? { read: parsed, rejected: rejects.count, filtered, enriched, written, discarded: 0 };
}

/** For people, after the run, in lines of at most so many columns: what is longer is folded. */
export function asText(standing: Standing, width = Number.POSITIVE_INFINITY): string {
  const { intake, meter, insideLimit, rejects, stall, memoryPeak, ms, problem } = standing;
  const { enriched } = countersOf(standing);
  const lines = [
    sumLine(standing),
    `${grouped(enriched)} enriched · inside at most ${meter.insideMost} of ${insideLimit} · ${duration(ms)}`,
    connectionsLine(intake),
    `memory: at most ${megabytes(memoryPeak)}`,
    ...(stall === undefined ? [] : stallLines(stall)),
    ...faultsOf(standing).map((fault) => `✗ ${fault}`),
    ...(problem === undefined ? [] : [`✗ ${problem}`]),
    ...listed("Closed before their end, and taken for whole lines:", intake.cutShort),
  ].flatMap((line) => folded(line, width, "    "));
  return [...lines, ...rejectedLines(rejects.latest, width)].map((line) => `${line}\n`).join("");
}

/** The same for programs. */
export function asJson(standing: Standing): string {
  const { intake, meter, insideLimit, rejects, stall, memoryPeak, ms, problem } = standing;
  const report = {
    counters: countersOf(standing),
    faults: faultsOf(standing),
    connections: intake,
    stall: stall ?? null,
    latestRejected: rejects.latest,
    inside: { most: meter.insideMost, limit: insideLimit },
    memoryPeak,
    ms: Math.round(ms),
    problem: problem ?? null,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** What does not add up: the pipeline's counters in themselves, or with what the demo saw. */
export function faultsOf({
  counters,
  intake,
  meter,
  rejects,
  insideLimit,
  isWhole,
}: Standing): readonly string[] {
  const faults: string[] = [];
  if (meter.insideMost > insideLimit) {
    faults.push(
      `${grouped(meter.insideMost)} entries were inside at once; the contract allows ${insideLimit}`,
    );
  }
  if (counters === undefined) return [...faults, "the answer has no counters yet: these are the demo's own"];

  const compare = (name: string, said: number, seen: number) => {
    if (said !== seen)
      faults.push(`${name}: the counters say ${grouped(said)}, the demo saw ${grouped(seen)}`);
  };
  const { read, rejected, filtered, enriched, written, discarded } = counters;
  compare("rejected", rejected, rejects.count);
  compare("filtered", filtered, meter.filtered);
  compare("enriched", enriched, meter.enriched);
  if (!isWhole) return faults;
  // Only now nothing is on its way any more.
  compare("written", written, meter.written);
  compare("read", read, intake.lines);
  const sum = rejected + filtered + written + discarded;
  if (read !== sum) {
    faults.push(`the counters do not add up: ${grouped(read)} read, ${grouped(sum)} accounted for`);
  }
  return faults;
}

const MOST_LISTED = 10;

function listed(heading: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length - MOST_LISTED;
  const rest = more > 0 ? [`  and ${more} more`] : [];
  return ["", heading, ...items.slice(0, MOST_LISTED).map((item) => `  ${item}`), ...rest];
}

function sumLine(standing: Standing): string {
  const { read, rejected, filtered, written, discarded } = countersOf(standing);
  const parts = [
    `${grouped(written)} written`,
    `${grouped(filtered)} filtered`,
    `${grouped(rejected)} rejected`,
  ];
  if (discarded > 0) parts.push(`${grouped(discarded)} discarded`);
  const inside = read - rejected - filtered - written - discarded;
  if (inside > 0) parts.push(`${grouped(inside)} still inside`);
  return `${grouped(read)} lines read = ${parts.join(" + ")}`;
}

function connectionsLine({
  accepted,
  ended,
  broken,
  left,
  cutShort,
  turnedAway,
  bytes,
}: IntakeStats): string {
  const parts = [`${count(accepted, "connection")}: ${ended} ended`];
  if (broken > 0) parts.push(`${broken} broke`);
  const within = cutShort.length > 0 ? `, ${cutShort.length} within a line` : "";
  if (left > 0) parts.push(`${left} closed by us${within}`);
  const refused = turnedAway > 0 ? ` · ${turnedAway} turned away` : "";
  return `${parts.join(", ")}${refused} · ${megabytes(bytes)} received`;
}

function stallLines(stall: Stall): readonly string[] {
  const { afterLines, seconds, isOver, bytes, memoryBefore, memoryPeak } = stall;
  const end = isOver ? "" : ", and had not ended";
  return [
    `the output rested for ${duration(1_000 * seconds)} after ${grouped(afterLines)} lines${end}`,
    `  meanwhile ${megabytes(bytes)} came in, memory went from ${megabytes(memoryBefore)} to ${megabytes(memoryPeak)}`,
  ];
}

/** Why, in full, and below it the beginning of the line, as far as there is room. */
function rejectedLines(latest: readonly RejectedLine[], width: number): readonly string[] {
  if (latest.length === 0) return [];
  const told = latest.flatMap(({ origin, reason, text }) => [
    ...folded(printable(`  ${origin}: ${reason}`), width, "    "),
    ...(text === "" ? [] : [cut(`    ${printable(text)}`, width)]),
  ]);
  return ["", "The latest rejected lines:", ...told];
}

/** "127.0.0.1:50312, line 7: is no JSON: {"time" */
export function rejectedLine({ origin, reason, text }: RejectedLine): string {
  return printable(`${origin}: ${reason}${text === "" ? "" : `: ${text}`}`);
}

/** The text without what would steer a terminal: lines come from strangers. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}|\p{Cf}/gu, "");
}
