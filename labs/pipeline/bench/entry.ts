/** What passes through the stages. */
export interface Entry {
  readonly number: number;
  /** How many stages it has gone through. */
  readonly stages: number;
}

export const STAGES = 5;

/** What each stage does. */
export function pass({ number, stages }: Entry): Entry {
  return { number, stages: stages + 1 };
}

/** The same where a stage has to wait, though for nothing: as for an answer that is there already. */
export async function passLater(entry: Entry): Promise<Entry> {
  return pass(entry);
}

/** Where the entries come from: one after the other, asynchronously, as from a socket. */
export async function* entries(count: number): AsyncGenerator<Entry, void, undefined> {
  for (let number = 0; number < count; number += 1) yield { number, stages: 0 };
}

/** Five times the same. */
export function fiveTimes<T>(value: T): readonly T[] {
  return Array.from({ length: STAGES }, () => value);
}
