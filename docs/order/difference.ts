import { diff } from "node:util";

/** A line of a difference. One that is gone here and new elsewhere, whatever its indent, has moved. */
export interface DifferenceLine {
  readonly look: "same" | "gone" | "new" | "left out";
  readonly text: string;
  readonly isMoved?: true;
}

const CONTEXT = 3;

/** How one text has become the other, with some lines around each change: without them nobody sees what moved where. */
export function differenceOf(before: string, after: string): readonly DifferenceLine[] {
  const lines = diff(before.split("\n"), after.split("\n")).map(([side, text]): DifferenceLine => {
    const look = side === 0 ? "same" : side > 0 ? "gone" : "new"; // Node counts what only the first has as 1.
    return { look, text: String(text) };
  });
  return shortened(lines.map((line) => (isMoved(line, lines) ? { ...line, isMoved: true } : line)));
}

function isMoved({ look, text }: DifferenceLine, lines: readonly DifferenceLine[]): boolean {
  const other = { gone: "new", new: "gone" }[String(look)];
  return text.trim() !== "" && lines.some((line) => line.look === other && line.text.trim() === text.trim());
}

/** What is far from every change is left out, and so are blank lines at the edges. */
function shortened(lines: readonly DifferenceLine[]): readonly DifferenceLine[] {
  const isNear = (at: number) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ look }) => look !== "same");
  const kept = lines.map((_, at) => isNear(at));
  const shown = lines.flatMap((line, at): DifferenceLine[] => {
    if (kept[at]) return [line];
    const isBetween = kept[at - 1] === true && kept.slice(at).includes(true);
    return isBetween ? [{ look: "left out", text: "⋯" }] : [];
  });
  const hasText = ({ text }: DifferenceLine) => text.trim() !== "";
  return shown.slice(Math.max(0, shown.findIndex(hasText)), shown.findLastIndex(hasText) + 1);
}
