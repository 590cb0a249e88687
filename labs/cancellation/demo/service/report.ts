import { styleText } from "node:util";
import { count, duration, folded, grouped } from "@pattern-labs/demo";
import type { DemoOptions } from "../../given/options.ts";
import type { Alive, SystemView } from "./alive.ts";
import type { Ends } from "./ends.ts";
import type { Latest } from "./log.ts";
import type { Figures } from "./messages.ts";
import type { ServicePicture } from "./service-picture.ts";
import type { ShopCounts } from "./shops.ts";

/** What there is to tell about a run of the service. It is filled in as the run goes on. */
export interface ServiceRun {
  readonly given: DemoOptions;
  readonly world: { readonly figures: Figures | undefined };
  readonly alive: Alive;
  readonly ends: Ends;
  readonly latest: Latest;
  readonly picture: ServicePicture;
  readonly shops: { readonly counts: ShopCounts; readonly busySockets: number };
  readonly service: { readonly sockets: number };
  readonly deadlineMs: number;
  /** What the answer did that its contract does not know. */
  readonly faults: string[];
  readonly began: number;
  shutdownAt: number;
  /** From the shutdown until every request had ended. */
  closedInMs: number;
  /** What is left when all is over, also as others see it. */
  atEnd: AtEnd | undefined;
}

export interface AtEnd {
  readonly figures: Figures | undefined;
  readonly system: SystemView | undefined;
  readonly busySockets: number;
}

/** What is wrong with the answer. */
export function faultsOf({ alive, ends, atEnd, faults, given }: ServiceRun): readonly string[] {
  const found = [...faults];
  if (ends.counts.failed > 0) found.push(`${count(ends.counts.failed, "request")} failed`);
  if (ends.changedReasons > 0) {
    found.push(`${count(ends.changedReasons, "request")} threw something else than the reason of the abort`);
  }
  const left = alive.left();
  if (left.length > 0) found.push(`alive after the end: ${left.join(", ")}`);
  const { system, busySockets = 0 } = atEnd ?? {};
  if (busySockets > 0) found.push(`${count(busySockets, "socket")} to the shops still busy`);
  // One child is the process with the clients.
  if (system !== undefined && (system.files > 0 || system.drafts > 0 || system.processes > 1)) {
    const { files, drafts, processes } = system;
    found.push(`the system still sees ${files} open files, ${drafts} drafts, ${processes - 1} processes`);
  }
  if (given.naive) {
    found.push(`nobody was told: ${duration(ends.forNobodyMs)} of work for clients who had left`);
  }
  return found;
}

/** In lines of at most so many columns. */
export function asText(run: ServiceRun, width: number): string {
  const { ends, alive, shops, atEnd, deadlineMs, closedInMs } = run;
  const total = Object.values(ends.counts).reduce((sum, n) => sum + n, 0);
  const counts = Object.entries(ends.counts).filter(([, n]) => n > 0);
  const figures = atEnd?.figures;
  const system = atEnd?.system;
  const faults = faultsOf(run).map((fault) => styleText("red", `✗ ${fault}`));
  const lines = [
    `${count(total, "request")}: ${counts.map(([end, n]) => `${end} ${grouped(n)}`).join(", ") || "none"}`,
    ...(ends.stopMs.count === 0 ? [] : [stoppedLine(ends)]),
    `at most at once: ${Object.entries(alive)
      .map(([name, { most }]) => `${NAMES[name] ?? name} ${most}`)
      .join(", ")}`,
    `shops: ${grouped(shops.counts.calls)} calls for ${count(shops.counts.asked, "request")}, ${grouped(shops.counts.second)} answered by the second; ${grouped(figures?.shopsAbandoned ?? 0)} hung up`,
    ...spentLine(ends, deadlineMs),
    ...clientsLine(figures),
    `worked for nobody: ${duration(ends.forNobodyMs)} in all, after clients had left`,
    `shutdown: everything had ended after ${duration(closedInMs)}`,
    `alive at the end: ${alive.left().join(", ") || "nothing"}${system === undefined ? "" : `; the system sees ${system.files} files, ${system.drafts} drafts, ${system.processes - 1} processes; the shops work on ${figures?.shopsBusy ?? 0}`}`,
  ];
  const told = [...lines, ...faults].flatMap((line) => folded(line, width, "  "));
  return told.map((line) => `${line}\n`).join("");
}

const NAMES: Readonly<Record<string, string>> = { forNobody: "requests for nobody" };

function stoppedLine({ stopMs, changedReasons }: Ends): string {
  const reasons = changedReasons === 0 ? "each with the very reason of its abort" : "";
  return `cancelled: ${grouped(stopMs.count)}, all put away within p50 ${duration(stopMs.percentile(50))}, p99 ${duration(stopMs.percentile(99))}${reasons && `, ${reasons}`}`;
}

/** Who spent the time, where the answer has a budget. */
function spentLine({ spentMs }: Ends, deadlineMs: number): string[] {
  const total = [...spentMs.values()].reduce((sum, ms) => sum + ms, 0);
  if (total === 0) return [];
  const shares = [...spentMs].map(([layer, ms]) => `${layer} ${Math.round((100 * ms) / total)} %`);
  return [`budget of ${duration(deadlineMs)}, spent by: ${shares.join(", ")}`];
}

function clientsLine(figures: Figures | undefined): string[] {
  if (figures === undefined || figures.sent === 0) return [];
  const { sent, outcomes, p50Ms, p99Ms } = figures;
  const saw = Object.entries(outcomes).map(([outcome, n]) => `${outcome}: ${grouped(n)}`);
  const times =
    p50Ms === null || p99Ms === null ? "" : `; answers in p50 ${duration(p50Ms)}, p99 ${duration(p99Ms)}`;
  return [`clients: sent ${grouped(sent)}, saw ${saw.sort().join(", ")}${times}`];
}

/** The same for programs. */
export function asJson(run: ServiceRun): string {
  const { ends, alive, shops, atEnd, closedInMs } = run;
  const report = {
    ends: ends.counts,
    changedReasons: ends.changedReasons,
    forNobodyMs: ends.forNobodyMs,
    cancelled: ends.stopMs.count,
    stoppedMs:
      ends.stopMs.count === 0 ? null : { p50: ends.stopMs.percentile(50), p99: ends.stopMs.percentile(99) },
    most: Object.fromEntries(Object.entries(alive).map(([name, { most }]) => [name, most])),
    left: Object.fromEntries(Object.entries(alive).map(([name, { now }]) => [name, now])),
    system: atEnd?.system ?? null,
    busySockets: atEnd?.busySockets ?? 0,
    shops: shops.counts,
    spentMs: Object.fromEntries(ends.spentMs),
    clients: atEnd?.figures ?? null,
    closedInMs,
    faults: faultsOf(run),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
