import { isOfTest } from "./place.ts";
import type { Step } from "./simulation.ts";

const WIDTH = 110;
/** Of a long run the beginning and the end are shown, and what is near a ★. */
const LAST_STEPS = 30;
const NEAR = 2;

/**
 * A schedule for the eye: time goes down, each activity has a column, so one sees who came between whom.
 * ★ marks where this order differs from the ordinary one, and what it overtook.
 */
export function timeline(steps: readonly Step[]): string {
  if (steps.length === 0) return "";
  const columns = columnsOf(steps);
  const roomForRemarks = steps.some((step) => remark(step) !== "") ? 1 : 0;
  const width = Math.max(10, Math.min(26, Math.floor((WIDTH - 16) / (columns.length + roomForRemarks))));
  const head = columns.map(({ actor }) => cut(actor, width - 2).padEnd(width)).join("");
  const rows = worthShowing(steps).map((part) => {
    if (typeof part === "number") return `   … ${part} ${part === 1 ? "event" : "events"}`;
    return row(part, columns, width);
  });
  return [`${" ".repeat(16)}${head}`.trimEnd(), ...rows].join("\n");
}

interface NumberedStep extends Step {
  readonly index: number;
}

interface Column {
  readonly actor: string;
  readonly first: number;
  readonly last: number;
}

function columnsOf(steps: readonly Step[]): Column[] {
  const columns = new Map<string, Column>();
  for (const [last, { actor }] of steps.entries()) {
    columns.set(actor, { actor, first: columns.get(actor)?.first ?? last, last });
  }
  return [...columns.values()];
}

function row(step: NumberedStep, columns: readonly Column[], width: number): string {
  const number = String(step.index + 1).padStart(4);
  const time = `${formatMs(step.at)} ms`.padStart(10);
  const cells = columns.map((column) => cell(column, step, width).padEnd(width)).join("");
  return `${number}${time}  ${cells.trimEnd()}${remark(step)}`;
}

function cell({ actor, first, last }: Column, step: NumberedStep, width: number): string {
  if (actor === step.actor) return cut(`${departs(step) ? "★" : "●"} ${step.label}`, width - 2);
  return first < step.index && step.index < last ? "│" : "";
}

function remark({ among, chosen, isBranch, squeezed, where }: Step): string {
  const passedOver = among.slice(0, chosen);
  const more = passedOver.length > 2 ? ` and ${passedOver.length - 2} more` : "";
  const names = `${passedOver.slice(0, 2).join(", ")}${more}`;
  return [
    chosen > 0 ? `  ← ${isBranch ? "instead of" : "came before"}: ${names}` : "",
    squeezed ? "  (while the one above was still being digested)" : "",
    // Where a test began something tells the reader of the code under test nothing.
    where === undefined || isOfTest(where) ? "" : `  ${where}`,
  ].join("");
}

/** The steps to show, and between them how many are left out. */
function worthShowing(steps: readonly Step[]): (NumberedStep | number)[] {
  const parts: (NumberedStep | number)[] = [];
  for (const [index, step] of steps.entries()) {
    if (isWorthShowing(steps, index)) parts.push({ ...step, index });
    else if (typeof parts.at(-1) === "number") parts.push((parts.pop() as number) + 1);
    else parts.push(1);
  }
  return parts;
}

function isWorthShowing(steps: readonly Step[], index: number): boolean {
  const around = (distance: number) => steps.slice(Math.max(0, index - distance), index + distance + 1);
  if (index === 0 || around(NEAR).some(departs)) return true;
  const isOneOfManyAlike = around(1).length === 3 && new Set(around(1).map(lookOf)).size === 1;
  return index >= steps.length - LAST_STEPS && !isOneOfManyAlike;
}

const departs = ({ chosen, squeezed }: Step) => chosen > 0 || squeezed;

const lookOf = ({ actor, label, where }: Step) => `${actor} ${label} ${where}`;

const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

const formatMs = (ms: number) => (Number.isInteger(ms) ? String(ms) : ms.toFixed(1));
