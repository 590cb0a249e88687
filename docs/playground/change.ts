/** What is different between a picture and the one before it, so that only that need be sent. */
import type { Group, Piece } from "@pattern-labs/picture";

export interface Change {
  /** How many pieces there are now. */
  readonly length: number;
  /** Those that are not what they were, each by its place. */
  readonly others: readonly (readonly [place: number, other: string | GroupChange])[];
}

/** A group where there was none, or one with another tag, has begun with no pieces. */
export interface GroupChange extends Omit<Group, "pieces"> {
  readonly inside: Change;
}

export function changeOf(before: readonly Piece[], now: readonly Piece[]): Change {
  const others: [number, string | GroupChange][] = [];
  for (const [place, piece] of now.entries()) {
    const old = before[place];
    if (typeof piece === "string") {
      if (piece !== old) others.push([place, piece]);
      continue;
    }
    const { tag, attributes } = piece;
    const known = groupOf(old, tag);
    const inside = changeOf(known?.pieces ?? [], piece.pieces);
    const isSame =
      known?.attributes === attributes && known.pieces.length === inside.length && inside.others.length === 0;
    if (!isSame) others.push([place, { tag, attributes, inside }]);
  }
  return { length: now.length, others };
}

/** The pieces that come of it. What has not changed is the same object as before. */
export function changed(before: readonly Piece[], { length, others }: Change): Piece[] {
  const now = before.slice(0, length);
  for (const [place, other] of others) {
    if (typeof other === "string") now[place] = other;
    else {
      const { tag, attributes, inside } = other;
      now[place] = { tag, attributes, pieces: changed(groupOf(before[place], tag)?.pieces ?? [], inside) };
    }
  }
  return now;
}

const groupOf = (piece: Piece | undefined, tag: Group["tag"]) =>
  typeof piece === "object" && piece.tag === tag ? piece : undefined;
