import { styleText } from "node:util";
import type { StreamFigures } from "./hub.ts";
import { isCounted, type Run } from "./report.ts";
import { count, megabytes } from "./words.ts";

const WIDTHS = [8, 8, 9, 10, 9];

/** A line for each kind of listener. What matters stands to the left: at 50 columns only the last two are cut. */
export function liveView(run: Run, url: URL): string {
  const { hub, grownBytes, options } = run;
  const { published, dropped, missed, streams } = hub;
  const groups = Object.groupBy(streams, kindOf);
  return [
    `${styleText("bold", "Event hub")}  ${url.href}  ·  memory +${megabytes(grownBytes)}`,
    `published ${count(published)}${rateOf(run)}  ·  dropped ${count(dropped)} = Σ missed ${count(missed)} ${tick(isCounted(hub))}`,
    styleText("dim", cells("", "streams", "missed", "behind", "sent")),
    ...Object.entries(groups).map(([kind, group]) => row(kind, group)),
    ...(options.load.slow === 0 ? [] : ["", styleText("dim", storyOf(groups.slow ?? [], options))]),
  ].join("\n");
}

/** The same for a log. */
export function plainLine(run: Run): string {
  const { published, dropped, missed, streams } = run.hub;
  return `published ${count(published)}${rateOf(run)}, ${count(streams.length)} streams, dropped ${count(dropped)} = missed ${count(missed)}, memory +${megabytes(run.grownBytes)}`;
}

type Kind = "fast" | "slow" | "others";

function kindOf({ name = "" }: StreamFigures): Kind {
  const [, kind] = /^(fast|slow)-\d+$/.exec(name) ?? [];
  return (kind as Kind | undefined) ?? "others";
}

function row(kind: string, group: readonly StreamFigures[]): string {
  const missed = group.reduce((sum, stream) => sum + stream.missed, 0);
  const sent = group.reduce((sum, stream) => sum + stream.written, 0);
  const behind = Math.max(...group.map((stream) => stream.behind));
  const text = cells(kind, count(group.length), count(missed), count(behind), count(sent));
  return missed > 0 ? styleText("yellow", text) : text;
}

/** What the sleepers are up to: it takes a while until one of them misses anything. */
function storyOf(slow: readonly StreamFigures[], { bufferLimit, whenFull }: Run["options"]): string {
  if (slow.some(({ missed }) => missed > 0))
    return whenFull === "disconnect"
      ? "A sleeper was disconnected. It comes back when it wakes, and reads on from the log."
      : "The sleepers miss messages, and nobody else does. They are told when they wake.";
  if (slow.some(({ behind }) => behind > 0))
    return `The sleepers' sockets are full; ${count(bufferLimit)} messages may wait for each.`;
  return "The sleepers read nothing; the system's buffers of their sockets fill up.";
}

function rateOf({ load }: Run): string {
  return load === undefined || load.posted === 0 ? "" : ` (${count(load.posted / load.seconds)}/s)`;
}

function cells(...texts: readonly string[]): string {
  return texts
    .map((text, n) => (n === 0 ? text.padEnd(WIDTHS[n] ?? 0) : text.padStart(WIDTHS[n] ?? 0)))
    .join(" ");
}

const tick = (isFine: boolean) => (isFine ? styleText("green", "✓") : styleText("red", "✗"));
