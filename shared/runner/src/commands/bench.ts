import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import {
  type BenchReport,
  type Plan,
  type ProfileKind,
  type RunOptions,
  runBench,
  showProgress,
  toRows,
  toSvg,
  toTable,
} from "@pattern-labs/bench";
import { hasAttempt } from "../attempt.ts";
import { recordBench } from "../compare/bench-card.ts";
import { Complaint } from "../complaint.ts";
import type { Lab } from "../road.ts";
import type { Session } from "../session.ts";
import { status } from "../status.ts";
import { count, enumerate, wrap } from "../text.ts";

export interface BenchFlags {
  readonly time?: string;
  readonly rounds?: string;
  readonly only?: string;
  readonly picture?: string;
  readonly profile?: string;
  readonly json?: boolean;
}

/** `lab bench`: attempt, reference and rivals in one run. It compares and never judges: being slow is no failure. */
export async function bench(session: Session, name: string | undefined, flags: BenchFlags): Promise<number> {
  const lab = session.labAtHand(name);
  const options = readFlags(session, lab, flags);
  const file = benchFile(lab);
  if (!hasAttempt(lab) && flags.json !== true) {
    session.warn(
      session.paint.dim(`There is no attempt at ${lab.name} yet: only the reference is measured.`),
    );
  }
  const interruption = new AbortController();
  let interrupted: number | undefined;
  // Without the grace that other commands have: what was measured is printed, however slow the machine.
  using _handed = session.interrupt.handOver((signal) => {
    if (interrupted !== undefined) process.exit(interrupted);
    interrupted = 128 + constants.signals[signal];
    interruption.abort(new Error(`interrupted by ${signal}`));
  });
  const report = await measure(session, lab, file, { ...options, signal: interruption.signal });

  const kept = keep(session, lab, report, flags);
  if (flags.json === true) {
    const { partial, written } = kept;
    session.say(JSON.stringify({ ...toFigures(lab, report), partial, written }, undefined, 2));
  } else tell(session, report, kept);
  return interrupted ?? status.held;
}

/** What was written: the picture first. */
interface Kept {
  /** Whether something was left out, or it was stopped. */
  readonly partial: boolean;
  readonly written: readonly string[];
}

/**
 * Figures and picture of a whole run lie side by side, for compare and for a look. A run that measured a part of it
 * touches neither: the picture of the one would not be that of the other.
 */
function keep({ terminal }: Session, lab: Lab, report: BenchReport, { only, picture }: BenchFlags): Kept {
  const partial = only !== undefined || report.interrupted;
  const rows = report.workloads.flatMap((workload) => workload.rows);
  const isEmpty = rows.every(({ nsPerOperation, failure }) => (nsPerOperation ?? failure) === undefined);
  if (isEmpty) return { partial, written: [] };
  const folder = join(lab.folder, ".pictures");
  const asked = picture === undefined ? [] : [resolve(terminal.cwd, picture)];
  const pictures = partial
    ? [asked[0] ?? join(folder, "bench-part.svg")]
    : [...asked, join(folder, "bench.svg")];
  for (const file of pictures) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, toSvg(report));
  }
  const figures = partial ? [] : [recordBench(lab, toFigures(lab, report))];
  const shown = (file: string) => {
    const path = relative(terminal.cwd, file);
    return path.startsWith("..") ? file : path;
  };
  return { partial, written: [...pictures, ...figures].map(shown) };
}

async function measure(session: Session, lab: Lab, file: string, options: RunOptions): Promise<BenchReport> {
  using progress = showProgress(session.terminal.errors);
  try {
    return await runBench(file, {
      ...options,
      answers: hasAttempt(lab) ? ["attempt", "reference"] : ["reference"],
      onBegin: (plan) => session.warn(...wrap(forecast(plan), session.width).map(session.paint.dim)),
      onProgress: progress.show,
    });
  } catch (error) {
    if (error instanceof RangeError) throw new Complaint(`${error.message}.`);
    throw error;
  }
}

function forecast({ rows, rounds, expectedSeconds }: Plan): string {
  const time =
    expectedSeconds < 90
      ? `${expectedSeconds < 20 ? expectedSeconds : Math.ceil(expectedSeconds / 10) * 10} s`
      : `${Math.ceil(expectedSeconds / 60)} minutes`;
  return `Measuring ${count(rows, "row")}, each in ${count(rounds, "round")}: about ${time}. Ctrl-C stops it and shows what there is.`;
}

function benchFile(lab: Lab): string {
  const file = join(lab.folder, "bench", "index.ts");
  if (!existsSync(file)) throw new Complaint(`${lab.name} has no bench yet.`);
  return file;
}

function readFlags({ terminal }: Session, lab: Lab, flags: BenchFlags): RunOptions {
  const { time, rounds, only, picture, profile } = flags;
  if (only?.trim() === "") {
    throw new Complaint(`--only must be a part of the name of a workload or a strategy, got "${only}".`);
  }
  if (picture !== undefined && (picture.trim() === "" || isFolder(resolve(terminal.cwd, picture)))) {
    throw new Complaint(`--picture must name a file, got "${picture}".`);
  }
  const kind = profile === undefined ? undefined : parseProfile(profile);
  return {
    seconds: time === undefined ? undefined : parseTime(time),
    rounds: rounds === undefined ? undefined : parseRounds(rounds),
    only,
    profile:
      kind === undefined
        ? undefined
        : { kind, folder: relative(terminal.cwd, join(lab.folder, ".profiles")) },
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function parseTime(value: string): number {
  const seconds = Number(value);
  if (value.trim() !== "" && seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new Complaint(`--time must be a number of seconds above 0, got "${value}".`);
}

function parseRounds(value: string): number {
  const rounds = Number(value);
  if (value.trim() !== "" && Number.isSafeInteger(rounds) && rounds > 0) return rounds;
  throw new Complaint(`--rounds must be a whole number from 1, got "${value}".`);
}

function parseProfile(value: string): ProfileKind {
  if (value === "cpu" || value === "heap") return value;
  throw new Complaint(`--profile must be cpu or heap, got "${value}".`);
}

function toFigures(lab: Lab, report: BenchReport): object {
  const { machine, date, interrupted, rounds, seconds, workloads } = report;
  const floor = workloads[0]?.floor;
  return {
    lab: lab.name,
    machine,
    date,
    interrupted,
    rounds,
    seconds,
    floor,
    rows: toRows(report),
    profiles: report.profiles,
  };
}

function tell(
  { say, terminal, paint, width }: Session,
  report: BenchReport,
  { partial, written }: Kept,
): void {
  const columns = terminal.output.isTTY === true ? terminal.output.columns : undefined;
  const [picture, ...others] = written;
  const what =
    picture === undefined
      ? ["Nothing was measured, so nothing was written."]
      : [
          `As a picture: ${picture}`,
          ...(others.length > 0 ? [`Written as well, for compare: ${enumerate(others)}`] : []),
          ...(partial
            ? ["Only a part was measured: bench.svg and bench.json of the last whole run, if any, stay."]
            : []),
        ];
  say(
    toTable(report, { width: columns }).trimEnd(),
    "",
    ...what.flatMap((line) => wrap(line, width)).map(paint.dim),
  );
}
