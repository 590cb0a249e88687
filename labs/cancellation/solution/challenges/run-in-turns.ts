import type { TurnOptions } from "../../contract.ts";

export async function runInTurns<R>(
  work: Generator<unknown, R, unknown>,
  { stepsPerTurn, signal }: TurnOptions,
): Promise<R> {
  if (!Number.isInteger(stepsPerTurn) || stepsPerTurn < 1) {
    throw new RangeError(
      `Cannot run in turns: stepsPerTurn must be a whole number from 1, got ${stepsPerTurn}`,
    );
  }
  using steps = work; // Its `finally` blocks run, however this ends.
  for (;;) {
    signal.throwIfAborted();
    for (let taken = 0; taken < stepsPerTurn; taken += 1) {
      const step = steps.next();
      if (step.done) return step.value;
    }
    await turnOfOthers();
  }
}

/** A microtask would not do: timers and I/O get their turn only when there are no microtasks left. */
const turnOfOthers = () => new Promise<void>((resolve) => setImmediate(resolve));
