import type { Program } from "../program.ts";

/** Settles when the program is told to stop: in the ordinary case never. */
const stopped = new Promise<never>(() => {});

async function handle(message: number): Promise<number> {
  return await Promise.race([Promise.resolve(message), stopped]);
}

const stop = new AbortController();

async function handleUnlessStopped(message: number): Promise<number> {
  stop.signal.throwIfAborted();
  return await Promise.resolve(message);
}

export const raceAgainstNever: Program = {
  mistake: "every message leaves two reactions on the promise of the shutdown",
  leaves: [{ kind: "continuation", in: "handle" }],
  async buggy() {
    for (let message = 0; message < 10; message += 1) await handle(message);
  },
  async fixed() {
    for (let message = 0; message < 10; message += 1) await handleUnlessStopped(message);
  },
};
