import { styleText } from "node:util";
import { count, duration, folded, grouped, lengthOf } from "@pattern-labs/demo";
import { z } from "zod";
import type { Gauge } from "../gauge.ts";
import type { ServiceRun } from "./report.ts";

/**
 * What is alive, how requests ended, and the last lines of the log. Where 79 columns are too many, words are folded, and
 * what only explains a row is left out.
 */
export function liveView(run: ServiceRun, width: number): string {
  const { alive, ends, world, given, service, latest, shops } = run;
  const { figures } = world;
  const clock = given.clients === 0 ? "" : ` of ${given.seconds} s`;
  const who = given.clients === 0 ? "curl" : count(given.clients, "client");
  const told = given.naive ? styleText("red", "nobody is told anything") : "who leaves is noticed";
  const rows: readonly (readonly [name: string, gauge: Gauge, more: string, tone?: Tone])[] = [
    ["requests", alive.requests, `for ${count(service.sockets, "connection")}`],
    ["  for nobody", alive.forNobody, "their clients have left", alive.forNobody.now > 0 ? "red" : "green"],
    [
      "calls",
      alive.calls,
      `on ${count(shops.busySockets, "socket")}; shops work on ${figures?.shopsBusy ?? 0}`,
    ],
    ["files", alive.files, ""],
    ["processes", alive.processes, "of gzip"],
    ["drafts", alive.drafts, "half-written files"],
  ];
  const endings = Object.entries(ends.counts)
    .filter(([, n]) => n > 0)
    .map(([end, n]) => `${end} ${styleText("bold", grouped(n))}`)
    .join(" · ");
  const putAway =
    ends.stopMs.count === 0
      ? ""
      : `put away within p50 ${duration(ends.stopMs.percentile(50))}, p99 ${duration(ends.stopMs.percentile(99))}`;
  const words = (text: string) => folded(text, width, "  ");
  return [
    ...words(`${styleText("bold", "Clients that leave")}  ${who}, ${told}  ·  ${seconds(run)}${clock}`),
    styleText("dim", "ALIVE            now  most"),
    ...rows.map(([name, gauge, more, tone]) => row(name, gauge, { more, tone, width })),
    "",
    ...words(endings),
    ...words(putAway),
    "",
    ...latest.lines.map((line) => styleText("dim", shortLine(line))),
  ].join("\n");
}

/** The same for a log. */
export function plainLine(run: ServiceRun): string {
  const { alive, ends } = run;
  const now = Object.entries(alive).map(([name, gauge]: [string, Gauge]) => `${name} ${gauge.now}`);
  return `${seconds(run)} s · ${now.join(", ")} · answered ${ends.counts.answered}, left ${ends.counts["client left"]}`;
}

const BAR = 14;

type Tone = "cyan" | "red" | "green";

function row(
  name: string,
  { now, most }: Gauge,
  { more, tone = "cyan", width }: { more: string; tone?: Tone | undefined; width: number },
): string {
  const bar = styleText(tone, "█".repeat(Math.min(now, BAR)).padEnd(BAR));
  const figures = `${name.padEnd(14)} ${String(now).padStart(5)} ${String(most).padStart(5)}  ${bar}`;
  const explained = `${figures} ${styleText("dim", more)}`;
  return lengthOf(explained) <= width ? explained : figures;
}

const seconds = ({ began }: ServiceRun) => ((performance.now() - began) / 1_000).toFixed(1);

const lineSchema = z.object({
  time: z.string(),
  requestId: z.string().optional(),
  msg: z.string(),
  end: z.string().optional(),
  tookMs: z.number().optional(),
});

/** "06:25:54.123 3f2a91bc client left after 123 ms" */
function shortLine(line: string): string {
  const parsed = lineSchema.safeParse(JSON.parse(line));
  if (!parsed.success) return line;
  const { time, requestId = "", msg, end, tookMs = 0 } = parsed.data;
  return `${time.slice(11, 23)} ${requestId} ${end === undefined ? msg : `${end} after ${duration(tookMs)}`}`;
}
