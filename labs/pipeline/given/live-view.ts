import { styleText } from "node:util";
import { duration, folded, grouped, layOut, megabytes } from "@pattern-labs/demo";
import type { IntakeStats } from "../demo/intake.ts";
import type { CollectOptions } from "./options.ts";
import { countersOf, printable, rejectedLine, type Standing } from "./report.ts";

const NAME = 12;
const FIGURES = 32;
const LONGEST_BAR = 24;
const SHORTEST_BAR = 4;

type Paint = (style: "dim" | "green" | "yellow" | "red" | "bold", text: string) => string;

/** Colours, unless the terminal or NO_COLOR says no. */
export const paint: Paint = (style, text) => styleText(style, text, { stream: process.stderr });

/** What is going on, in so many columns: counters, depths from the sockets to the output, what is rejected. */
export function liveLines(standing: Standing, port: number, options: CollectOptions, width: number): string {
  const { intake, meter, stall } = standing;
  const { buffer, workers } = options;
  const isResting = stall !== undefined && !stall.isOver;
  const bar = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, width - NAME - FIGURES));
  const depthLine = (name: string, depth: number, limit: number, figures: string) =>
    `${name.padEnd(NAME)}${barOf(bar, depth / Math.max(1, limit))}  ${figures}`;
  return [
    ...folded(headLine(standing, port, options), width).map((line) => paint("bold", line)),
    ...counterLines(standing, width),
    depthLine("sockets", intake.heldBack, intake.open, socketFigures(intake)),
    // What these two may hold, at most, is in the buffers and hands of two stages each.
    depthLine("to look up", meter.toLookUp, 2 * (buffer + 2), `${meter.toLookUp} wait`),
    depthLine("looking up", meter.enriching, workers, `${meter.enriching} of ${workers} workers`),
    depthLine("to write", meter.toWrite, workers + 2 * (buffer + 2), `${meter.toWrite} wait`),
    `${"output".padEnd(NAME)}${isResting ? paint("red", "rests") : paint("green", "writes")} ${paint("dim", printable(meter.latest))}`,
    ...standing.rejects.latest
      .slice(-2)
      .map((line) => paint("yellow", `${"rejected".padEnd(NAME)}${rejectedLine(line)}`)),
  ].join("\n");
}

/** The same in one line, for a log. */
export function plainLine(standing: Standing): string {
  const { intake, meter } = standing;
  const { read, rejected, filtered, written } = countersOf(standing);
  return [
    `${grouped(read)} read`,
    `${grouped(rejected)} rejected`,
    `${grouped(filtered)} filtered`,
    `${grouped(written)} written`,
    `depths ${meter.toLookUp}/${meter.enriching}/${meter.toWrite}`,
    `${intake.heldBack} of ${intake.open} sockets held back`,
    `${megabytes(process.memoryUsage.rss())}`,
  ].join(" · ");
}

function socketFigures({ heldBack, open, held }: IntakeStats): string {
  return `${heldBack} of ${open} held back, ${megabytes(held)} here`;
}

function headLine({ intake, ms }: Standing, port: number, { host, slots }: CollectOptions): string {
  const parts = [`listening on ${host}:${port}`, `${intake.open} of ${slots} slots`];
  if (intake.waiting > 0) parts.push(`${intake.waiting} in line`);
  if (intake.turnedAway > 0) parts.push(`${intake.turnedAway} turned away`);
  parts.push(`memory ${megabytes(process.memoryUsage.rss())}`, duration(ms));
  return parts.join(" · ");
}

/** Above each other, so that all have room where it is narrow. */
function counterLines(standing: Standing, width: number): readonly string[] {
  const { read, rejected, filtered, enriched, written } = countersOf(standing);
  const figures = { read, rejected, filtered, enriched, written };
  const columns = Object.entries(figures).map(([name, figure]) => [paint("dim", name), grouped(figure)]);
  return layOut(
    columns.map((cells) => ({ cells })),
    width,
  );
}

/** Green while there is room, red when it is full: what is full holds up what is above it. */
function barOf(length: number, share: number): string {
  const filled = Math.min(length, Math.ceil(length * share));
  const colour = filled === length ? "red" : filled > length / 2 ? "yellow" : "green";
  return paint(colour, "█".repeat(filled)) + paint("dim", "░".repeat(length - filled));
}
