/** A race: a few events, whose order the reader chooses, and an answer that must stand each of them. */

/** What a lane of the board shows for a while. */
export type Look = "runs" | "waits" | "over" | "bad";

/** What became of one order of events. */
export interface Verdict {
  readonly isBad: boolean;
  /** A sentence or two for the reader. */
  readonly text: string;
}

/** What a race is played on. */
export interface Board {
  /** From now on the lane shows this; without a text nothing. */
  readonly lane: (name: string, text?: string, look?: Look) => void;
  /** Lets the events happen, each by its function, in the order that is asked for. Resolves when nothing moves any more. */
  readonly happen: (...acts: readonly (() => void)[]) => Promise<void>;
  /** Waits until all that can go on without a further event has gone on. */
  readonly settled: () => Promise<void>;
}

export interface Race<Answer> {
  readonly title: string;
  /** What stands before the events, and what must hold. */
  readonly story: string;
  /** The broken variant, by its id in the lab's mutants.ts. */
  readonly variant: string;
  readonly lanes: readonly string[];
  /** In an order that goes well. */
  readonly events: readonly string[];
  readonly play: (answer: Answer, board: Board) => Promise<Verdict>;
}

/** Declares a race for answers of one lab. */
export const race = <Answer>(parts: Race<Answer>): Race<Answer> => parts;

/** What happens turn by turn: each turn holds the events, by their number, that come within it. */
export type Turns = readonly (readonly number[])[];

/** Every order of so many events, each pair of neighbours in turns of their own or in the same one. */
export function ordersOf(events: number): readonly Turns[] {
  return permutations(Array.from({ length: events }, (_, i) => i)).flatMap(groupings);
}

function permutations(values: readonly number[]): readonly (readonly number[])[] {
  if (values.length < 2) return [values];
  return values.flatMap((first) =>
    permutations(values.filter((value) => value !== first)).map((rest) => [first, ...rest]),
  );
}

/** In turns of their own first. */
function groupings([first, ...rest]: readonly number[]): readonly Turns[] {
  if (first === undefined) return [[]];
  return groupings(rest).flatMap((turns): Turns[] => {
    const [next, ...others] = turns;
    return next === undefined
      ? [[[first]]]
      : [
          [[first], ...turns],
          [[first, ...next], ...others],
        ];
  });
}
