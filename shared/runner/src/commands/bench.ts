import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import {
  type BenchReport,
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
  const lab = session.lab(name);
  const options = readFlags(session, lab, flags);
  const picture = resolve(session.terminal.cwd, flags.picture ?? join(lab.folder, ".pictures", "bench.svg"));
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
  const report = await measure(session, lab, { ...options, signal: interruption.signal });

  mkdirSync(dirname(picture), { recursive: true });
  writeFileSync(picture, toSvg(report));
  if (flags.only === undefined && !report.interrupted) recordBench(lab, toFigures(lab, report));
  if (flags.json === true) session.say(JSON.stringify(toFigures(lab, report), undefined, 2));
  else tell(session, report, picture);
  return interrupted ?? status.held;
}

async function measure(session: Session, lab: Lab, options: RunOptions): Promise<BenchReport> {
  using progress = showProgress(session.terminal.errors);
  try {
    return await runBench(benchFile(lab), {
      ...options,
      answers: hasAttempt(lab) ? ["attempt", "reference"] : ["reference"],
      onProgress: progress.show,
    });
  } catch (error) {
    if (error instanceof RangeError) throw new Complaint(`${error.message}.`);
    throw error;
  }
}

function benchFile(lab: Lab): string {
  const file = join(lab.folder, "bench", "index.ts");
  if (!existsSync(file)) throw new Complaint(`${lab.name} has no bench yet.`);
  return file;
}

function readFlags({ terminal }: Session, lab: Lab, { time, rounds, only, profile }: BenchFlags): RunOptions {
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
  const { machine, date, interrupted, workloads } = report;
  const floor = workloads[0]?.floor;
  return {
    lab: lab.name,
    machine,
    date,
    interrupted,
    floor,
    rows: toRows(report),
    profiles: report.profiles,
  };
}

function tell({ say, terminal, paint }: Session, report: BenchReport, picture: string): void {
  const shown = relative(terminal.cwd, picture);
  say(toTable(report).trimEnd(), "", paint.dim(`As a picture: ${shown.startsWith("..") ? picture : shown}`));
}
