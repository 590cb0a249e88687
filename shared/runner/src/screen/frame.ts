import type { Paint } from "../paint.ts";
import { cut } from "../text.ts";
import type { ViewOptions } from "../view.ts";
import type { Size } from "./screen.ts";

/** What a screen shows: a head and a foot that stay, and between them a body that can be longer than the screen. */
export interface Frame {
  readonly head: readonly string[];
  readonly body: readonly string[];
  readonly foot: readonly string[];
}

/** The frame as text, exactly as many rows as there are. */
export function fitFrame(frame: Frame, scroll: number, rows: number, view: ViewOptions): string {
  const { head, body, foot } = frame;
  // On a terminal of a few rows what frames the body goes first.
  const room = rows - head.length - foot.length;
  if (room < 3) return trimToRoom(body, scroll, rows, view).join("\n");
  return [...head, ...trimToRoom(body, scroll, room, view), ...foot].join("\n");
}

/** How far the body can be scrolled. */
export function scrollLimitOf({ head, body, foot }: Frame, rows: number): number {
  const room = rows - head.length - foot.length;
  return Math.max(0, body.length - (room < 3 ? rows : room - 1));
}

/** The columns that text may use. The last one stays free: a terminal about to wrap would lose a character there. */
export function textWidth({ columns }: Pick<Size, "columns">): number {
  return Math.max(10, columns - 1);
}

/** A title on the left and marks on the right, as long as both fit, with a line below. */
export function headOf(
  title: string,
  marks: string,
  marksWidth: number,
  paint: Paint,
  width: number,
): string[] {
  const gap = width - title.length - marksWidth;
  const line = gap < 2 ? paint.strong(cut(title, width)) : paint.strong(title) + " ".repeat(gap) + marks;
  return [line, paint.dim("─".repeat(width))];
}

/** What the keys do, on as many lines as it takes to keep each of them whole. */
export function keyLines(keys: readonly string[], { paint, width }: ViewOptions): string[] {
  const lines: string[] = [];
  for (const key of keys) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + key.length <= width)
      lines[lines.length - 1] = `${last}  ${key}`;
    else lines.push(cut(key, width));
  }
  return lines.map(paint.dim);
}

/** The lines that there is room for, and a word on those that there is none for. */
function trimToRoom(
  lines: readonly string[],
  scroll: number,
  room: number,
  { paint, width }: ViewOptions,
): string[] {
  if (lines.length <= room) return [...lines, ...Array.from({ length: room - lines.length }, () => "")];
  const shown = Math.max(0, room - 1);
  const from = Math.min(scroll, lines.length - shown);
  const below = lines.length - from - shown;
  const note = [...(from > 0 ? [`↑ ${from} more`] : []), ...(below > 0 ? [`↓ ${below} more`] : [])].join(
    "   ",
  );
  return [...lines.slice(from, from + shown), paint.dim(cut(note, width))].slice(0, room);
}
