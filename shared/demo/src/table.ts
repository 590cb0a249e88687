import { lengthOf } from "./columns.ts";

export interface Column {
  /** From the heading down. Colours take no room. */
  readonly cells: readonly string[];
  /** Where a cell stands in its column. Default `right`, as numbers do. */
  readonly align?: "left" | "right" | undefined;
  /** Of columns for which there is no room the one goes first that is worth least; of equals the last. Default: it stays. */
  readonly worth?: number | undefined;
}

const GAP = "  ";

/** The lines of a table. Where they would be wider than `width`, columns are left out, and none is cut. */
export function layOut(columns: readonly Column[], width: number): readonly string[] {
  const kept = [...columns];
  while (widthOfAll(kept) > width) {
    const least = leastWorth(kept);
    if (least === undefined) break;
    kept.splice(kept.indexOf(least), 1);
  }
  const rows = Math.max(0, ...columns.map(({ cells }) => cells.length));
  return Array.from({ length: rows }, (_, row) =>
    kept
      .map((column) => padded(column, row))
      .join(GAP)
      .trimEnd(),
  );
}

function widthOfAll(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + widest(column) + GAP.length, -GAP.length);
}

const widest = ({ cells }: Column): number => Math.max(0, ...cells.map(lengthOf));

function leastWorth(columns: readonly Column[]): Column | undefined {
  const worth = Math.min(...columns.map(({ worth = Number.POSITIVE_INFINITY }) => worth));
  return columns.findLast((column) => column.worth === worth);
}

function padded(column: Column, row: number): string {
  const cell = column.cells[row] ?? "";
  const space = " ".repeat(widest(column) - lengthOf(cell));
  return column.align === "left" ? cell + space : space + cell;
}
