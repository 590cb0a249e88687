import { columnsOf, cut, oneLine, pad, toAscii } from "./label.ts";

/** One event of a schedule, as the test kit's explorer gives it. */
export interface ScheduleStep {
  /** In milliseconds. */
  readonly at: number;
  readonly actor: string;
  readonly label: string;
  /** Where in the code it was asked for. */
  readonly where?: string | undefined;
  /** What could have come at this point, the ordinary choice first; `chosen` is the place of what did. */
  readonly among: readonly string[];
  readonly chosen: number;
  /** No event, but a branch that was taken. */
  readonly isBranch?: boolean;
  /** It arrived while the event before it was still being digested. */
  readonly squeezed?: boolean;
}

export interface ScheduleOptions {
  /** Columns. Default 110. */
  readonly width?: number | undefined;
  /** ANSI colours. Default false. */
  readonly color?: boolean | undefined;
  /** Nothing outside ASCII. Default false. */
  readonly ascii?: boolean | undefined;
}

/** Of a long schedule the beginning and the end are shown, and what is near a ★. */
const LAST_STEPS = 30;
const NEAR = 2;
const MARGIN = 16;

/**
 * A schedule for the eye: time goes down, each activity has a column, so one sees who came between whom. ★ marks where
 * this order differs from the ordinary one, and what it overtook.
 *
 * @example
 * ```ts
 * const step = { at: 0, among: [], chosen: 0 };
 * const text = scheduleToText([
 *   { ...step, actor: "Ann", label: "reads" },
 *   { ...step, actor: "Bob", label: "reads", chosen: 1, among: ["Ann writes", "Bob reads"] },
 *   { ...step, actor: "Ann", label: "writes" },
 * ]);
 * assert.match(text, /★ reads {2}← came before: Ann writes/);
 * ```
 */
export function scheduleToText(steps: readonly ScheduleStep[], options: ScheduleOptions = {}): string {
  if (steps.length === 0) return "";
  const { width = 110, color = false, ascii = false } = options;
  const columns = columnsOfActors(steps);
  const roomForRemarks = steps.some((step) => remarkOf(step) !== "") ? 1 : 0;
  const wide = Math.max(10, Math.min(26, Math.floor((width - MARGIN) / (columns.length + roomForRemarks))));
  const paint = (text: string, code: string) =>
    color && text.trim() !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  const style: Style = { width: wide, paint };
  const names = columns.map(({ actor }) => pad(cut(oneLine(actor), wide - 2), wide)).join("");
  const rows = worthShowing(steps).map((part) => {
    if (typeof part === "number") return `   … ${part} ${part === 1 ? "event" : "events"}`;
    return row(part, columns, style);
  });
  const text = [`${" ".repeat(MARGIN)}${paint(names.trimEnd(), "1")}`, ...rows].join("\n");
  return ascii ? toAscii(text) : text;
}

interface Style {
  readonly width: number;
  readonly paint: (text: string, code: string) => string;
}

interface NumberedStep extends ScheduleStep {
  readonly index: number;
}

interface Column {
  readonly actor: string;
  readonly first: number;
  readonly last: number;
}

function columnsOfActors(steps: readonly ScheduleStep[]): Column[] {
  const columns = new Map<string, Column>();
  for (const [last, { actor }] of steps.entries()) {
    columns.set(actor, { actor, first: columns.get(actor)?.first ?? last, last });
  }
  return [...columns.values()];
}

function row(step: NumberedStep, columns: readonly Column[], { width, paint }: Style): string {
  const number = String(step.index + 1).padStart(4);
  const time = paint(`${formatMs(step.at)} ms`.padStart(10), "90");
  const cells = columns.map((column) => {
    const text = cell(column, step, width);
    const look = column.actor !== step.actor ? "90" : departs(step) ? "33;1" : "0";
    return { text: paint(text, look), blanks: " ".repeat(Math.max(0, width - columnsOf(text))) };
  });
  const line = cells.map(({ text, blanks }) => text + blanks).join("");
  return `${number}${time}  ${line.trimEnd()}${paint(remarkOf(step), departs(step) ? "33" : "90")}`;
}

function cell({ actor, first, last }: Column, step: NumberedStep, width: number): string {
  if (actor === step.actor) return cut(`${departs(step) ? "★" : "●"} ${oneLine(step.label)}`, width - 2);
  return first < step.index && step.index < last ? "│" : "";
}

function remarkOf({ among, chosen, isBranch = false, squeezed = false, where }: ScheduleStep): string {
  const passedOver = among.slice(0, chosen).map(oneLine);
  const more = passedOver.length > 2 ? ` and ${passedOver.length - 2} more` : "";
  const names = `${passedOver.slice(0, 2).join(", ")}${more}`;
  return [
    chosen > 0 ? `  ← ${isBranch ? "instead of" : "came before"}: ${names}` : "",
    squeezed ? "  (while the one above was still being digested)" : "",
    where === undefined ? "" : `  ${where}`,
  ].join("");
}

/** The steps to show, and between them how many are left out. */
function worthShowing(steps: readonly ScheduleStep[]): (NumberedStep | number)[] {
  const parts: (NumberedStep | number)[] = [];
  let leftOut = 0;
  for (const [index, step] of steps.entries()) {
    if (!isWorthShowing(steps, index)) leftOut += 1;
    else {
      if (leftOut > 0) parts.push(leftOut);
      leftOut = 0;
      parts.push({ ...step, index });
    }
  }
  return leftOut > 0 ? [...parts, leftOut] : parts;
}

function isWorthShowing(steps: readonly ScheduleStep[], index: number): boolean {
  const around = (distance: number) => steps.slice(Math.max(0, index - distance), index + distance + 1);
  if (index === 0 || around(NEAR).some(departs)) return true;
  const isOneOfManyAlike = around(1).length === 3 && new Set(around(1).map(lookOf)).size === 1;
  return index >= steps.length - LAST_STEPS && !isOneOfManyAlike;
}

const departs = ({ chosen, squeezed }: ScheduleStep) => chosen > 0 || squeezed === true;

const lookOf = ({ actor, label, where }: ScheduleStep) => `${actor} ${label} ${where}`;

const formatMs = (ms: number) => (Number.isInteger(ms) ? String(ms) : ms.toFixed(1));
