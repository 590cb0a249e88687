import { cut, indent, wrap } from "../text.ts";
import type { ViewOptions } from "../view.ts";
import { isComment } from "./facts.ts";

/** A text to be read beside another one. */
export interface Column {
  readonly title: string;
  readonly lines: readonly string[];
}

/** From so many columns on two texts stand side by side; below, the one under the other. */
const wideEnough = 120;

/** Two texts in the room there is. */
export function twoTexts(left: Column, right: Column, view: ViewOptions): string[] {
  return view.width < wideEnough
    ? [...stacked(left, view), "", ...stacked(right, view)]
    : beside(left, right, view);
}

function stacked({ title, lines }: Column, { paint, width }: ViewOptions): string[] {
  const body = lines.flatMap((line) => folded(line, width).map((part) => tinted(part, line, paint.dim)));
  return [paint.accent(cut(title, width)), ...body];
}

function beside(left: Column, right: Column, { paint, width }: ViewOptions): string[] {
  const half = Math.floor((width - 3) / 2);
  const bar = paint.dim("│");
  const cells = ({ lines }: Column) =>
    lines.flatMap((line) => folded(line, half).map((part) => ({ part, line })));
  const [ours, theirs] = [cells(left), cells(right)];
  const cell = (found: { part: string; line: string } | undefined, pad: number) =>
    tinted((found?.part ?? "").padEnd(pad), found?.line ?? "", paint.dim);
  const rows = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, row) =>
    `${cell(ours[row], half)} ${bar} ${cell(theirs[row], 0)}`.trimEnd(),
  );
  const titles = `${paint.accent(cut(left.title, half).padEnd(half))} ${bar} ${paint.accent(cut(right.title, half))}`;
  return [titles, ...rows];
}

/** A line that is too long goes on further in. */
function folded(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const [first = "", ...rest] = wrap(line, width - 4);
  return [first, ...indent(rest, 4)];
}

/** Comments step back behind the code. */
function tinted(text: string, line: string, dim: (text: string) => string): string {
  return isComment(line) ? dim(text) : text;
}
