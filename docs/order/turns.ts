import type { Turns } from "./race.ts";

/** Nearer than this, of a hundred, events are in the same turn. */
const NEAR = 5;

/** The turns in which events at these positions happen; of two at the same one the first named comes first. */
export function turnsOf(positions: readonly number[]): Turns {
  const order = positions.map((_, i) => i).sort((a, b) => at(positions, a) - at(positions, b) || a - b);
  const turns: number[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const event of order) {
    if (at(positions, event) - before <= NEAR) turns.at(-1)?.push(event);
    else turns.push([event]);
    before = at(positions, event);
  }
  return turns;
}

/** Positions at which events happen in these turns. */
export function positionsOf(turns: Turns): readonly number[] {
  const positions: number[] = [];
  for (const [turn, events] of turns.entries()) {
    const middle = (100 * (turn + 1)) / (turns.length + 1);
    for (const [i, event] of events.entries()) positions[event] = Math.round(middle + 4 * i);
  }
  return positions;
}

export const at = (positions: readonly number[], event: number) => positions[event] ?? 0;

export const letter = (event: number) => "ABCDEFG"[event] ?? "?";

/** "A·BC" */
export const inShort = (turns: Turns) => turns.map((turn) => turn.map(letter).join("")).join("·");

/** "A, then B and C in one turn" */
export const inWords = (turns: Turns) =>
  turns
    .map((turn) => turn.map(letter).join(" and ") + (turn.length > 1 ? " in one turn" : ""))
    .join(", then ");
