import type { Program } from "../program.ts";

async function* rows(): AsyncGenerator<number> {
  try {
    for (let row = 0; ; row += 1) yield row;
  } finally {
    await Promise.resolve(); // Here the cursor would be closed.
  }
}

/** Passes `next` on and nothing else: a `break` in the loop over it does not reach the source. */
function doubled(source: AsyncIterator<number>): AsyncIterable<number> {
  const next = async (): Promise<IteratorResult<number>> => {
    const { done, value } = await source.next();
    return done ? { done, value } : { done: false, value: value * 2 };
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

async function* doubledByGenerator(source: AsyncIterable<number>): AsyncGenerator<number> {
  for await (const row of source) yield row * 2;
}

export const generatorLeftOpen: Program = {
  mistake: "an iterator without `return` between loop and generator: after the break, its finally never runs",
  leaves: [{ kind: "generator", in: "next" }],
  async buggy() {
    for await (const row of doubled(rows())) if (row >= 4) break;
  },
  async fixed() {
    for await (const row of doubledByGenerator(rows())) if (row >= 4) break;
  },
};
