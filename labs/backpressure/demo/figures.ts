import type { Counts } from "../contract.ts";
import type { ServicePolicy } from "../given/policies.ts";
import type { LoadFigures } from "./messages.ts";

/** How much was in the service at one moment. */
export interface Sample {
  readonly buffered: number;
  readonly waiting: number;
}

/** What was measured while so much was offered. */
export interface LevelFigures {
  /** Times the capacity. */
  readonly load: number;
  readonly seconds: number;
  /** Events that arrived at the buffer, that were written, and that were written while somebody still cared. */
  readonly arrived: number;
  readonly written: number;
  readonly inTime: number;
  readonly dropped: number;
  readonly refused: number;
  /** From the making of an event to its having been written; undefined if none was. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** At even distances. */
  readonly samples: readonly Sample[];
  /** What the producers saw; undefined as long as they have not told. */
  readonly producers: LoadFigures | undefined;
}

/** What came of one policy. */
export interface PolicyFigures {
  readonly policy: ServicePolicy;
  readonly levels: readonly LevelFigures[];
  /** Counted from outside of the buffer. */
  readonly counts: Counts;
  /** What the buffer says, if it says anything. */
  readonly ownCounts: Counts | undefined;
  /** Written, and thrown away as too late. */
  readonly written: number;
  readonly late: number;
  /** Why it did not come to its end, in a sentence. */
  readonly problem: string | undefined;
}

/** What the producers sent in all, and what of it nobody read. */
export interface Sent {
  readonly sent: number;
  readonly heldBack: number;
  readonly shed: number;
  /** In requests that were cut off before these events were read. */
  readonly unread: number;
}

export function sentOf({ levels, counts }: Pick<PolicyFigures, "levels" | "counts">): Sent {
  const sum = (key: "sent" | "heldBack" | "shed") =>
    levels.reduce((total, { producers }) => total + (producers?.[key] ?? 0), 0);
  const [sent, heldBack, shed] = [sum("sent"), sum("heldBack"), sum("shed")];
  return { sent, heldBack, shed, unread: Math.max(0, sent - shed - counts.offered) };
}

export function insideOf({ buffered, waiting }: Sample): number {
  return buffered + waiting;
}

export function deepest({ samples }: Pick<LevelFigures, "samples">): number {
  return Math.max(0, ...samples.map(insideOf));
}

/** Whether offered = delivered + dropped + refused + cancelled + buffered + waiting. */
export function addsUp({
  offered,
  delivered,
  dropped,
  refused,
  cancelled,
  buffered,
  waiting,
}: Counts): boolean {
  return buffered >= 0 && offered === delivered + dropped + refused + cancelled + buffered + waiting;
}

/** In which figures the buffer's own counts differ from what was seen from outside. */
export function disagreements(own: Counts, seen: Counts): readonly string[] {
  const names = Object.keys(seen) as (keyof Counts)[];
  return names
    .filter((name) => own[name] !== seen[name])
    .map((name) => `${name} ${own[name]}, where ${seen[name]} were seen`);
}
