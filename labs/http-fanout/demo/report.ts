import {
  type Column,
  count,
  duration,
  folded,
  grouped,
  layOut,
  megabytes,
  percent,
} from "@pattern-labs/demo";
import type { Act } from "./act.ts";
import { CALL_LIMIT } from "./names.ts";
import { compare, type Verdict } from "./truth.ts";
import { answersOf } from "./view.ts";

/** With hedging so many more calls are made than there are permits: the service's default. */
const HEDGE_LIMIT = 10;

/** Whether the gateway has kept what it promises. How quick it was is no part of that. */
export function problemsOf(act: Act): readonly string[] {
  const { ending, scrape, seen, options } = act;
  const problems: string[] = [];
  if (act.permitsMost > CALL_LIMIT)
    problems.push(`${act.permitsMost} permits were taken at once, of ${CALL_LIMIT}`);
  const most = CALL_LIMIT + (options.challenges.includes("hedging") ? HEDGE_LIMIT : 0);
  const callsMost = scrape.get("gateway_calls_most");
  if (callsMost > most) problems.push(`${callsMost} calls ran at once, more than the limit of ${most}`);
  const ends = endsOf(act);
  for (const end of ["lost", "400", "500"]) {
    const n = ends.get(end) ?? 0;
    if (n > 0) problems.push(end === "lost" ? `${n} requests had no answer` : `${n} answers were a ${end}`);
  }
  if (act.fault !== undefined) problems.push(`the gateway has logged: ${act.fault}`);
  if (seen.length > 0 && ending === undefined) problems.push("it was broken off");
  if (ending === undefined) return problems;
  if (ending.permits > 0) problems.push(`${ending.permits} permits never came back`);
  if (ending.calls > 0) problems.push(`${ending.calls} calls were under way when nobody asked any more`);
  if (ending.underWay > 0)
    problems.push(`${ending.underWay} requests were never hung up on, as the services see it`);
  if (ending.sockets > 0) problems.push(`${ending.sockets} connections outlived the gateway`);
  if (ending.status === "SIGKILL") problems.push("the gateway had to be killed");
  else if (ending.status !== 0) problems.push(`the gateway ended with ${ending.status}, not 0`);
  const verdict = verdictOf(act);
  if (verdict !== undefined) problems.push(...verdict.lies);
  return problems;
}

/** What was told, compared with what was done; of a run in which that was kept. */
export function verdictOf({ answers, served, options }: Act): Verdict | undefined {
  if (options.isShaken !== true) return undefined;
  const { challenges, callTimeoutMs, timeoutMs } = options;
  const isGuarded = challenges.includes("breaker");
  return compare(answers, served, { isGuarded, callTimeoutMs: Math.min(callTimeoutMs, timeoutMs) });
}

export function asText(act: Act, width: number): string {
  const { ending, options } = act;
  const lines = [options.title, ...layOut(columnsOf(act), Math.min(width, 120))];
  const words = (text: string, indent = "  ") => void lines.push(...folded(text, width, indent));
  words(`${endsInWords(act)}`);
  words(
    `outbound: at most ${act.scrape.get("gateway_calls_most")} calls at once, with at most ${act.permitsMost} of ${CALL_LIMIT} permits`,
  );
  const notTaken = notTakenOf(act);
  if (notTaken > 0)
    words(`${count(notTaken, "try")} sent anew, as HTTP allows: the connection was closed unread`);
  const verdict = verdictOf(act);
  if (verdict !== undefined) words(inWords(verdict));
  if (ending !== undefined) {
    words(
      `afterwards: ${ending.permits} permits, ${ending.calls} calls, ${ending.sockets} connections; exit status ${ending.status}`,
    );
  }
  for (const problem of problemsOf(act)) words(`✗ ${problem}`);
  return `${lines.join("\n")}\n`;
}

function inWords({ answers, answered, failed, late, spared, justMissed, calls, cut, lies }: Verdict): string {
  const [said, made] = [
    `${grouped(answered)} answered, ${grouped(failed)} failed`,
    `${grouped(calls)} calls`,
  ];
  const details = `${grouped(spared)} of the failed never called, ${grouped(justMissed)} of the late just missed`;
  return `truth: ${grouped(answers)} requests told of ${said}, ${grouped(late)} late (${details}), of ${made}, ${grouped(cut)} of them hung up on: ${lies.length === 0 ? "nothing is untrue" : "untrue"}`;
}

/** Each heading names its clients: on a narrow screen its neighbours may be left out. */
const SHORT = { healthy: "five", all: "all" } as const;

/** A row a step: what the clients that asked for the healthy ones saw, and those that asked for all. */
function columnsOf({ phases, seen }: Act): readonly Column[] {
  const rows = phases.map((phase, n) => ({ phase, figures: seen[n + 1] }));
  const cells = (heading: string, cell: (row: (typeof rows)[number]) => string) => [
    heading,
    ...rows.map(cell),
  ];
  const kind = (name: "healthy" | "all", more: string, worth: number): readonly Column[] => [
    {
      cells: cells(`${SHORT[name]} ${more}`, ({ figures }) =>
        figures === undefined ? "–" : grouped(answersOf(figures[name])),
      ),
      worth: worth + 1,
    },
    {
      cells: cells(`${SHORT[name]} whole`, ({ figures }) =>
        figures === undefined ? "–" : percent(figures[name].whole, answersOf(figures[name])),
      ),
      worth: worth + 3,
    },
    {
      cells: cells(`${SHORT[name]} p50`, ({ figures }) => duration(figures?.[name].p50Ms)),
      worth: worth + 2,
    },
    {
      cells: cells(`${SHORT[name]} p99`, ({ figures }) => duration(figures?.[name].p99Ms)),
      worth: worth + 3,
    },
  ];
  return [
    { cells: cells("", ({ phase }) => phase.name), align: "left" },
    ...kind("healthy", "healthy", 5),
    ...kind("all", "twenty", 4),
    { cells: cells("calls", ({ phase }) => `≤ ${phase.callsMost}`), worth: 3 },
    { cells: cells("heap", ({ phase }) => `≤ ${megabytes(phase.heapMost)}`), worth: 2 },
    { cells: cells("resident", ({ phase }) => `≤ ${megabytes(phase.residentMost)}`), worth: 1 },
  ];
}

/** How all requests ended. */
function endsOf({ seen }: Act): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const phase of seen) {
    for (const kind of Object.values(phase)) {
      for (const [end, n] of Object.entries(kind.ends)) ends.set(end, (ends.get(end) ?? 0) + n);
    }
  }
  return ends;
}

/** Tries that had to be made anew. */
function notTakenOf({ seen }: Act): number {
  return seen.flatMap((phase) => Object.values(phase)).reduce((sum, kind) => sum + kind.notTaken, 0);
}

function endsInWords(act: Act): string {
  const told = [...endsOf(act)].toSorted().map(([end, n]) => `${end}: ${grouped(n)}`);
  return `${grouped(act.sent)} requests (${told.join(", ")})`;
}

export function asJson(acts: readonly Act[]): string {
  const told = acts.map((act) => ({
    title: act.options.title,
    challenges: act.options.challenges,
    sent: act.sent,
    ends: Object.fromEntries(endsOf(act)),
    notTaken: notTakenOf(act),
    permitsMost: act.permitsMost,
    callsMost: act.scrape.get("gateway_calls_most"),
    phases: act.phases.map((phase, n) => ({ ...phase, ...act.seen[n + 1] })),
    verdict: verdictOf(act),
    ending: act.ending,
    problems: problemsOf(act),
  }));
  return `${JSON.stringify({ callLimit: CALL_LIMIT, acts: told }, null, 2)}\n`;
}
