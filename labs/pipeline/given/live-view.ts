import { styleText } from "node:util";
import type { IntakeStats } from "../demo/intake.ts";
import type { CollectOptions } from "./options.ts";
import { countersOf, grouped, megabytes, printable, rejectedLine, type Standing, seconds } from "./report.ts";

const BAR = 24;

type Paint = (style: "dim" | "green" | "yellow" | "red" | "bold", text: string) => string;

/** Colours, unless the terminal or NO_COLOR says no. */
export const paint: Paint = (style, text) => styleText(style, text, { stream: process.stderr });

/** What is going on, for a terminal of 80 columns: counters, depths from the sockets to the output, what is rejected. */
export function liveLines(standing: Standing, port: number, options: CollectOptions): string {
  const { intake, meter, stall } = standing;
  const { buffer, workers } = options;
  const isResting = stall !== undefined && !stall.isOver;
  return [
    headLine(standing, port, options),
    counterLine(standing),
    depthLine("sockets", intake.heldBack, intake.open, socketFigures(intake)),
    // What these two may hold, at most, is in the buffers and hands of two stages each.
    depthLine("to look up", meter.toLookUp, 2 * (buffer + 2), `${meter.toLookUp} wait`),
    depthLine("looked up", meter.enriching, workers, `${meter.enriching} of ${workers} workers`),
    depthLine("to write", meter.toWrite, workers + 2 * (buffer + 2), `${meter.toWrite} wait`),
    `${"output".padEnd(11)}${isResting ? paint("red", "rests") : paint("green", "writes")} ${paint("dim", printable(meter.latest))}`,
    ...standing.rejects.latest.slice(-2).map((line) => paint("yellow", `rejected   ${rejectedLine(line)}`)),
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
  parts.push(`memory ${megabytes(process.memoryUsage.rss())}`, seconds(ms));
  return paint("bold", parts.join(" · "));
}

function counterLine(standing: Standing): string {
  const { read, rejected, filtered, enriched, written } = countersOf(standing);
  const figures = { read, rejected, filtered, enriched, written };
  return Object.entries(figures)
    .map(([name, count]) => `${paint("dim", name)} ${grouped(count)}`)
    .join("  ");
}

/** Green while there is room, red when it is full: what is full holds up what is above it. */
function depthLine(name: string, depth: number, limit: number, figures: string): string {
  const filled = Math.min(BAR, Math.ceil((BAR * depth) / Math.max(1, limit)));
  const colour = filled === BAR ? "red" : filled > BAR / 2 ? "yellow" : "green";
  const bar = paint(colour, "█".repeat(filled)) + paint("dim", "░".repeat(BAR - filled));
  return `${name.padEnd(11)}${bar}  ${figures}`;
}
