import { count, duration, grouped } from "@pattern-labs/demo";
import type { ServerName } from "./messages.ts";
import type { DemoOptions } from "./options.ts";
import { isLossless, type Outcome, statusOf } from "./outcome.ts";

export const LABELS: Readonly<Record<ServerName, string>> = {
  none: "no handler",
  exit: "process.exit",
  close: "server.close",
  answer: "answer",
};

/** What there is to tell, finished or not. */
export interface Run {
  readonly options: Pick<DemoOptions, "signal" | "twice" | "fault" | "behind" | "graceMs">;
  readonly outcomes: readonly Outcome[];
  readonly untried: readonly ServerName[];
}

const HEAD = ["", "status", "after", "answered", "cut", "reset", "refused", "jobs lost"];

const LEGEND = [
  "cut: taken by the server, and never answered in full. reset: it met the end of",
  "its connection, and has to be sent again. refused: it never got in.",
];

/** A table of at most 79 columns, and below it the accounts. */
export function asTable({ options, outcomes, untried }: Run): string {
  const rows = outcomes.filter(({ problem }) => problem === undefined).map(row);
  const lines = [
    title(options),
    "",
    ...(rows.length > 0 ? [...layOut([HEAD, ...rows]), "", ...LEGEND, ""] : []),
    ...outcomes.flatMap((outcome) => remarks(outcome, options)),
    ...(untried.length > 0 ? [`not tried: ${untried.map((name) => LABELS[name]).join(", ")}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

export function title({ signal, twice, fault, behind }: Run["options"]): string {
  const what =
    fault === "failing-start"
      ? "a start that fails half-way"
      : fault === "uncaught" || fault === "rejection"
        ? `${fault === "uncaught" ? "an uncaught exception" : "an unhandled rejection"} under load`
        : `${signal}${twice ? ", twice," : ""} under load${fault === undefined ? "" : `, with ${withArticle(fault)}`}`;
  const who = WHO[behind];
  return `Graceful shutdown: ${what}${who}`;
}

const WHO = {
  node: "",
  npm: ", behind npm start",
  "npm-exec": ", behind npm start with exec",
  "process-1": ", as process 1",
} as const;

const withArticle = (fault: string) => `${/^[aeiou]/.test(fault) ? "an" : "a"} ${fault.replace("-", " ")}`;

function row(outcome: Outcome): readonly string[] {
  const { server, requests, jobs, askedAt, endedAt } = outcome;
  return [
    LABELS[server],
    statusText(outcome),
    duration(endedAt - askedAt),
    grouped(requests.answered),
    grouped(requests.cut),
    grouped(requests.reset),
    grouped(requests.refused),
    grouped(jobs.lost),
  ];
}

export function statusText({ exit, wasKilled, isOrphan }: Outcome): string {
  if (wasKilled) return "killed";
  if (isOrphan) return "orphan";
  return exit?.signal ?? String(exit?.code ?? "none");
}

/** Undefined if there is nothing to complain of. */
export function complaint(outcome: Outcome, { twice }: Pick<DemoOptions, "twice">): string | undefined {
  const { problem, expected, requests, jobs, isOrphan, wasKilled } = outcome;
  if (problem !== undefined) return problem;
  // Whoever asks twice wants it to end, whatever that costs.
  const losses = twice || isLossless(outcome) ? [] : lossesOf(requests.cut, jobs);
  const status = statusOf(outcome);
  const wrong = wasKilled
    ? [isOrphan ? "it lived on as an orphan" : "it did not end by itself"]
    : isOrphan || status === expected
      ? []
      : [`its status had to be ${expected}`];
  return losses.length + wrong.length === 0 ? undefined : [...losses, ...wrong].join("; ");
}

function lossesOf(cut: number, { lost, doneTwice }: Outcome["jobs"]): readonly string[] {
  return [
    ...(cut > 0 ? [`${count(cut, "request")} taken and not answered`] : []),
    ...(lost > 0 ? [`${count(lost, "job")} accepted and lost`] : []),
    ...(doneTwice > 0 ? [`${count(doneTwice, "job")} done twice, or done and put back`] : []),
  ];
}

function remarks(outcome: Outcome, options: Run["options"]): readonly string[] {
  const { server, jobs, requests, news, wasKilled } = outcome;
  const wrong = complaint(outcome, options);
  const logged = news.flatMap((each) => (each.news === "log" ? [each.text] : []));
  const facts = [
    wrong ?? praise(outcome, options),
    ...(jobs.accepted > 0 ? [accountOf(jobs)] : []),
    ...(wrong === undefined && requests.reset > 0
      ? [
          `${grouped(requests.reset)} met the end of a connection, and ${requests.reset === 1 ? "has" : "have"} to be sent again`,
        ]
      : []),
    ...(requests.endless > 0 ? [`the endless stream was cut, as it has to be`] : []),
    ...(wasKilled ? [`killed after ${duration(options.graceMs)}`] : []),
    ...(logged.length > 0 ? [`its log: ${logged.join(" · ")}`] : []),
  ];
  const [first = "", ...rest] = facts;
  return folded(`${wrong === undefined ? "✓" : "✗"} ${LABELS[server]}: ${[first, ...rest].join("; ")}.`);
}

function praise(outcome: Outcome, { twice }: Run["options"]): string {
  const { isOrphan, expected } = outcome;
  if (isOrphan) return "nothing is lost, though whoever had started it had ended before";
  const price = isLossless(outcome) ? "" : "; what it had in hand is lost, and that is the price";
  return twice
    ? `its status is ${expected}, and whoever asks twice does not wait${price}`
    : `nothing is lost, and its status is ${expected}`;
}

/** "22 jobs accepted: 6 done, 16 lost" */
function accountOf({ accepted, done, back, lost }: Outcome["jobs"]): string {
  const parts = Object.entries({ done, "put back": back, lost }).flatMap(([name, n]) =>
    n > 0 ? [`${grouped(n)} ${name}`] : [],
  );
  return `${count(accepted, "job")} accepted: ${parts.join(", ")}`;
}

/** The first column to the left, the others to the right, two spaces between. */
function layOut(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((cells) => cells.map(pad).join("  ").trimEnd());
}

/** Lines of at most 79 letters, but for words that are longer; those after the first a little to the right. */
function folded(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && line.length + 1 + word.length > 79) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The same for programs, and all of it. */
export function asJson({ options, outcomes, untried }: Run): string {
  const told = outcomes.map(({ spans: _, news, exit, askedAt, endedAt, ...outcome }) => ({
    ...outcome,
    problem: outcome.problem ?? null,
    status: statusOf({ exit, isOrphan: outcome.isOrphan }) ?? null,
    signal: exit?.signal ?? null,
    tookMs: endedAt - askedAt,
    complaint: complaint({ ...outcome, spans: [], news, exit, askedAt, endedAt }, options) ?? null,
    log: news.flatMap((each) => (each.news === "log" ? [each.text] : [])),
    stops: news.flatMap((each) =>
      each.news === "resource" && each.step === "stop" ? [`${each.name} ${each.phase}`] : [],
    ),
  }));
  return `${JSON.stringify({ ...options, fault: options.fault ?? null, outcomes: told, untried }, null, 2)}\n`;
}
