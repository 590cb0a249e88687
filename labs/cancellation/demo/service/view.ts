import { styleText } from "node:util";
import { count, duration, grouped } from "@pattern-labs/demo";
import { z } from "zod";
import type { Gauge } from "../gauge.ts";
import type { ServiceRun } from "./report.ts";

/** What is alive, how requests ended, and the last lines of the log; at most 79 columns. */
export function liveView(run: ServiceRun): string {
  const { alive, ends, world, given, service, latest, shops } = run;
  const { figures } = world;
  const clock = given.clients === 0 ? "" : ` of ${given.seconds} s`;
  const who = given.clients === 0 ? "curl" : count(given.clients, "client");
  const told = given.naive ? styleText("red", "nobody is told anything") : "who leaves is noticed";
  return [
    `${styleText("bold", "Clients that leave")}  ${who}, ${told}  ·  ${seconds(run)}${clock}`,
    styleText("dim", "ALIVE            now  most"),
    row("requests", alive.requests, `for ${count(service.sockets, "connection")}`),
    row(
      "  for nobody",
      alive.forNobody,
      "their clients have left",
      alive.forNobody.now > 0 ? "red" : "green",
    ),
    row(
      "calls",
      alive.calls,
      `on ${count(shops.busySockets, "socket")}; shops work on ${figures?.shopsBusy ?? 0}`,
    ),
    row("files", alive.files),
    row("processes", alive.processes, "of gzip"),
    row("drafts", alive.drafts, "half-written files"),
    "",
    Object.entries(ends.counts)
      .filter(([, n]) => n > 0)
      .map(([end, n]) => `${end} ${styleText("bold", grouped(n))}`)
      .join(" · "),
    ends.stopMs.count === 0
      ? ""
      : `put away within p50 ${duration(ends.stopMs.percentile(50))}, p99 ${duration(ends.stopMs.percentile(99))}`,
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

function row(name: string, { now, most }: Gauge, more = "", tone: "cyan" | "red" | "green" = "cyan"): string {
  const bar = "█".repeat(Math.min(now, BAR));
  return `${name.padEnd(14)} ${String(now).padStart(5)} ${String(most).padStart(5)}  ${styleText(tone, bar.padEnd(BAR))} ${styleText("dim", more)}`;
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
