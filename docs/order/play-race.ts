import type { SimulatedClock } from "../playground/clock.ts";
import type { Board, Look, Race, Turns, Verdict } from "./race.ts";

/** Events of one turn are so many microtasks apart at most. */
const MOST_BETWEEN = 10;

/** A stretch of a lane, from one event to another by their places in the order; -1 is the beginning. */
export interface Stretch {
  readonly lane: string;
  readonly text: string;
  readonly look: Look;
  readonly from: number;
  readonly to: number;
}

export interface Outcome extends Verdict {
  readonly stretches: readonly Stretch[];
  /** For each pair of neighbours in one turn, how many microtasks lay between them. */
  readonly between: readonly number[];
}

/**
 * Plays one order of events. Those of one turn follow each other within a few microtasks: all distances are tried, and
 * the first that breaks the answer is given, or else the shortest.
 */
export async function playRace<A>(
  { play }: Race<A>,
  answer: A,
  turns: Turns,
  clock: SimulatedClock,
): Promise<Outcome> {
  const pairs = turns.reduce((count, turn) => count + turn.length - 1, 0);
  let shortest: Outcome | undefined;
  for (const between of distances(pairs)) {
    const board = new TurnBoard(turns, between, clock);
    const verdict = await play(answer, board);
    clock.forget();
    const outcome = { ...verdict, stretches: board.stretches, between };
    if (outcome.isBad) return outcome;
    shortest ??= outcome;
  }
  if (shortest === undefined) throw new Error("A race has one order of events at least");
  return shortest;
}

function distances(pairs: number): readonly (readonly number[])[] {
  if (pairs === 0) return [[]];
  const rest = distances(pairs - 1);
  return Array.from({ length: MOST_BETWEEN + 1 }, (_, first) =>
    rest.map((others) => [first, ...others]),
  ).flat();
}

class TurnBoard implements Board {
  readonly #turns: Turns;
  readonly #between: readonly number[];
  readonly #clock: SimulatedClock;
  readonly #open = new Map<string, Omit<Stretch, "to">>();
  readonly #done: Stretch[] = [];
  #place = -1;

  constructor(turns: Turns, between: readonly number[], clock: SimulatedClock) {
    this.#turns = turns;
    this.#between = between;
    this.#clock = clock;
  }

  /** What is still shown goes on to the end, the place after the last event. */
  get stretches(): readonly Stretch[] {
    const end = this.#turns.flat().length;
    return [...this.#done, ...Array.from(this.#open.values(), (open) => ({ ...open, to: end }))];
  }

  // Properties, for races take them apart.
  readonly lane = (lane: string, text?: string, look: Look = "runs"): void => {
    const open = this.#open.get(lane);
    this.#open.delete(lane);
    if (open !== undefined && open.from < this.#place) this.#done.push({ ...open, to: this.#place });
    if (text !== undefined) this.#open.set(lane, { lane, text, look, from: this.#place });
  };

  readonly happen = async (...acts: readonly (() => void)[]): Promise<void> => {
    await this.settled();
    const between = [...this.#between];
    for (const turn of this.#turns) {
      for (const [i, event] of turn.entries()) {
        const microtasks = i === 0 ? 0 : (between.shift() ?? 0);
        for (let passed = 0; passed < microtasks; passed += 1) await undefined;
        this.#place += 1;
        acts[event]?.();
      }
      await this.settled();
    }
  };

  readonly settled = (): Promise<void> => this.#clock.advance(0);
}
