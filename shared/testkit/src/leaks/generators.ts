import { turn } from "../real.ts";
import { currentGuard, type Guard, replace, Spotter } from "./guard.ts";
import type { Leak } from "./leak.ts";
import { Site } from "./site.ts";

type Generator = AsyncGenerator<unknown, unknown, unknown>;

interface Begun {
  readonly guard: Guard;
  readonly site: Site;
  /** The answer to the latest `next`, `return` or `throw`: it tells whether the generator has finished. */
  answer: Promise<IteratorResult<unknown>>;
}

/**
 * Async generators that were begun. One that rests at a `yield` has no promise of its own, so nothing else would
 * show that nobody asks it again.
 */
const begun = new WeakMap<Generator, Begun>();
const all = new Map<Guard, Set<Begun>>();

export const generatorSpotter = new Spotter(() => {
  const prototype = Object.getPrototypeOf(async function* () {}.prototype) as Generator;
  const restore = (["next", "return", "throw"] as const).map((method) =>
    replace(prototype, method, (original) => {
      return function noticed(this: Generator, ...args: [unknown]) {
        const answer = original.apply(this, args);
        note(this, answer, noticed);
        return answer;
      };
    }),
  );
  return () => {
    for (const undo of restore) undo();
    all.clear();
  };
});

function note(generator: Generator, answer: Begun["answer"], below: (...args: [unknown]) => unknown): void {
  const known = begun.get(generator);
  if (known !== undefined) {
    known.answer = answer;
    return;
  }
  const guard = currentGuard();
  if (guard === undefined) return;
  const fresh = { guard, site: new Site(below), answer };
  begun.set(generator, fresh);
  const ofGuard = all.get(guard) ?? new Set();
  all.set(guard, ofGuard.add(fresh));
}

/** Those that rest at a `yield`. One that is parked at an `await` is found as an async function. */
export async function openGenerators(guard: Guard): Promise<Leak[]> {
  const candidates = [...all]
    .filter(([inner]) => guard.includes(inner))
    .flatMap(([, ofGuard]) => [...ofGuard]);
  const open: Begun[] = [];
  for (const candidate of candidates) {
    const look = ({ done }: IteratorResult<unknown>) => {
      if (!done) open.push(candidate);
    };
    candidate.answer.then(look, () => {});
  }
  if (candidates.length > 0) await turn();
  return open.filter(({ site }) => site.owner === "theirs").map(describe);
}

/** Lets go of what the generators answered, so that it can be collected. */
export function forgetGenerators(guard: Guard): void {
  for (const inner of all.keys()) if (guard.includes(inner)) all.delete(inner);
}

function describe({ site }: Begun): Leak {
  const stack = site.places;
  return {
    kind: "generator",
    what: "an async generator was begun and never finished nor returned: its finally blocks have not run",
    where: stack[0] ?? "",
    stack,
  };
}
