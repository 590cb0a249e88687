import type { HubLog } from "./recent.ts";
import { noCursor } from "./requests.ts";

/** A place in the log, as its readers know it. */
export function placeId(log: Pick<HubLog, "id">, number: number): string {
  return `${log.id}-${number}`;
}

/** Where a reader goes on. */
export interface Start {
  readonly after: number;
  /** It comes from another log: what it has missed there nobody can tell. */
  readonly isStranger: boolean;
}

/** @throws {Problem} 400, if that is no place in this log or another. */
export async function startAt(log: HubLog, cursor: string | undefined): Promise<Start> {
  if (cursor === undefined) return { after: log.last, isStranger: false };
  const [, id, digits] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(cursor) ?? [];
  if (id === undefined) throw noCursor(cursor, "must be the id of an event of this hub");
  if (id !== log.id) return { after: log.first - 1, isStranger: true };
  const after = Number(digits);
  if (after > log.last) await log.reach(after);
  if (after > log.last)
    throw noCursor(cursor, `must not be beyond the last event, ${placeId(log, log.last)}`);
  return { after, isStranger: false };
}
