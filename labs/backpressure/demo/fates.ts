import { type PolicyFigures, sentOf } from "./figures.ts";

/** What can become of an event that a producer would send. */
export type Fate =
  | "in time"
  | "too late"
  | "backlog"
  | "dropped"
  | "refused"
  | "shed"
  | "held back"
  | "cut off";

export const FATES: readonly Fate[] = [
  "in time",
  "too late",
  "backlog",
  "dropped",
  "refused",
  "shed",
  "held back",
  "cut off",
];

/** How many events met which fate: of all that would have been sent, had nobody had to wait, each one once. */
export function fatesOf(figures: PolicyFigures): Readonly<Record<Fate, number>> {
  const { counts, written, late } = figures;
  const { sent, heldBack, shed } = sentOf(figures);
  const known = {
    "in time": written - late,
    "too late": late,
    backlog: counts.buffered,
    dropped: counts.dropped,
    refused: counts.refused,
    shed,
    "held back": heldBack,
  };
  const rest = sent + heldBack - Object.values(known).reduce((sum, n) => sum + n, 0);
  return { ...known, "cut off": Math.max(0, rest) };
}
