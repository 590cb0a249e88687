import { count, duration, folded, grouped } from "@pattern-labs/demo";
import { type Counts, holds } from "./count-up.ts";
import type { CourseView } from "./course.ts";
import { titleOf } from "./view.ts";

export interface Run {
  readonly course: CourseView;
  readonly tookMs: number;
  /** Undefined if it was stopped before. */
  readonly counts: Counts | undefined;
}

export function asText(run: Run, width: number): string {
  const rows = run.counts === undefined ? soFar(run) : inTheEnd(run, run.counts);
  const lines = rows.flatMap(([name, text]) => folded(`${name.padEnd(14)}${text}`, width, " ".repeat(14)));
  return `${[...folded(titleOf(run.course), width), "", ...lines].join("\n")}\n`;
}

type Row = readonly [name: string, text: string];

function inTheEnd({ course, tookMs }: Run, counts: Counts): readonly Row[] {
  const { ledger, hook, options } = course;
  const { effects } = counts;
  const inHand = ledger.kills.reduce((sum, { inHand }) => sum + inHand.length, 0);
  const sum = effects.gzip + effects.webhook;
  return [
    [
      "acknowledged",
      `${grouped(counts.acknowledged)} of ${grouped(options.jobs)}; ${count(ledger.resent, "request")} without an answer, sent again with the same key`,
    ],
    [
      "completed",
      `${grouped(counts.completed)} ${tick(counts.completed === options.jobs && counts.lost + counts.left === 0)} lost ${grouped(counts.lost)}, left over ${grouped(counts.left)}`,
    ],
    [
      "effects",
      `${grouped(sum)} by idempotency key ${tick(sum === options.jobs && effects.twice + effects.foreign === 0)} ${grouped(effects.gzip)} gzip, ${grouped(effects.webhook)} webhook; twice ${grouped(effects.twice)}`,
    ],
    [
      "files",
      `${count(counts.files, "file")} gzipped ${tick(counts.broken.length === 0)} ${brokenOf(counts)}`,
    ],
    [
      "handlers",
      `${grouped(ledger.begun)} begun for ${count(options.jobs, "job")}; ${count(inHand, "job")} in hand when the service was killed, ${count(counts.crashes, "lease")} ran out`,
    ],
    [
      "webhook",
      `${count(hook.calls, "call")}: ${grouped(hook.busy)} told that it is busy, ${count(hook.lost, "answer")} lost, ${grouped(hook.repeated)} asked for again and not done again`,
    ],
    ["took", `${duration(tookMs)}; the last service ended with status ${counts.lastStatus ?? "none"}`],
  ];
}

function soFar({ course, tookMs }: Run): readonly Row[] {
  const { ledger, options } = course;
  return [
    ["acknowledged", `${grouped(ledger.acknowledged.size)} of ${grouped(options.jobs)}`],
    ["completed", `${grouped(ledger.completed.size)}, as far as is known`],
    ["killed", `${grouped(ledger.kills.length)} of ${count(options.kills, "time")}`],
    ["took", duration(tookMs)],
  ];
}

const tick = (isGood: boolean) => (isGood ? "✓" : "✗");

const brokenOf = ({ broken }: Counts) =>
  broken.length === 0 ? "each is what it was" : `broken: ${broken.slice(0, 5).join(", ")}`;

/** The same for programs. */
export function asJson({ course, tookMs, counts }: Run): string {
  const { ledger, hook, options } = course;
  const { jobs, kills } = options;
  const { calls, busy, lost, repeated } = hook;
  const told = {
    ...{ jobs, kills, tookMs },
    holds: counts !== undefined && holds(counts, jobs),
    counts: counts ?? null,
    acknowledged: ledger.acknowledged.size,
    completed: ledger.completed.size,
    begun: ledger.begun,
    resent: ledger.resent,
    inHandWhenKilled: ledger.kills.map(({ inHand }) => inHand.length),
    hook: { calls, busy, lost, repeated },
  };
  return `${JSON.stringify(told, null, 2)}\n`;
}
