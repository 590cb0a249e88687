import type { Interrupt } from "./interrupt.ts";
import { type Paint, paintFor } from "./paint.ts";
import { currentLab, labAtHand } from "./position.ts";
import { type Progress, readProgress } from "./progress.ts";
import { findLab, type Lab, type Road, readRoad } from "./road.ts";
import { isInteractive, type Terminal, wantsColour, widthOf } from "./terminal.ts";
import { findRoot, labAround } from "./workspace.ts";

/** What every command works with. */
export interface Session {
  readonly terminal: Terminal;
  readonly root: string;
  readonly road: Road;
  readonly paint: Paint;
  readonly width: number;
  readonly interactive: boolean;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  readonly interrupt: Interrupt;
  /** Prints lines for the reader. */
  say(...lines: readonly string[]): void;
  /** Prints lines that are not the result: warnings, progress. */
  warn(...lines: readonly string[]): void;
  /** The progress as it is on disk now. */
  progress(): Progress;
  /** The lab that is named or, without a name, the one the learner is at. */
  lab(name?: string): Lab;
  /** The same for what looks back: without a name, the lab that was worked on last, passed or not. */
  labAtHand(name?: string): Lab;
}

export function openSession(terminal: Terminal, interrupt: Interrupt): Session {
  const root = findRoot(terminal.cwd);
  const road = readRoad(root);
  const paint = paintFor(wantsColour(terminal));
  const warn = (...lines: readonly string[]) =>
    void terminal.errors.write(lines.map((line) => `${line}\n`).join(""));
  const progress = () => {
    const { progress, warning } = readProgress(root);
    if (warning !== undefined) warn(`${paint.warn("!")} ${warning}`);
    return progress;
  };
  progress(); // A damaged file is put aside, and told of, before anything is written.
  const around = labAround(root, terminal.cwd);
  const orFirst = (lab: Lab | undefined) => lab ?? findLab(road, road[0]?.name ?? "");
  return {
    terminal,
    root,
    road,
    paint,
    width: widthOf(terminal),
    interactive: isInteractive(terminal),
    signal: interrupt.signal,
    interrupt,
    say: (...lines) => void terminal.output.write(lines.map((line) => `${line}\n`).join("")),
    warn,
    progress,
    lab: (name) => (name === undefined ? orFirst(currentLab(road, progress(), around)) : findLab(road, name)),
    labAtHand: (name) =>
      name === undefined ? orFirst(labAtHand(road, progress(), around)) : findLab(road, name),
  };
}
