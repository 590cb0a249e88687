import { seededRandom } from "../seeded-random.ts";

/** How one run went: what was chosen among how many, at each point where there was a choice. */
export interface Chosen {
  readonly choices: readonly number[];
  readonly options: readonly number[];
}

export interface SearchBounds {
  readonly maxSchedules: number;
  readonly deviations: number;
}

/**
 * Runs first the ordinary order, then all that depart from it in one place, then in two, and so on: what is found
 * first is simplest. Of a level that is too large an even sample is run, which leaves half of the room to those below.
 * After Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs" (2007).
 *
 * @returns Whether all orders within the bounds were run.
 */
export async function searchByDeviations(
  run: (choices: readonly number[]) => Promise<Chosen>,
  { maxSchedules, deviations }: SearchBounds,
): Promise<boolean> {
  let level: (readonly number[])[] = [[]];
  let left = maxSchedules;
  let exhausted = true;
  for (let depth = 0; level.length > 0; depth += 1) {
    const branches: Branch[] = [];
    for (const choices of level) {
      const chosen = await run(choices);
      left -= 1;
      if (depth < deviations) branches.push(...branchesOf(chosen, choices.length));
    }
    const total = branches.reduce((sum, { ways }) => sum + ways, 0);
    const room = total <= left ? total : depth + 1 < deviations ? Math.ceil(left / 2) : left;
    if (room < total) exhausted = false;
    level = pick(branches, total, room);
  }
  return exhausted;
}

/** A point of a run at which it could have gone `ways` other ways. */
interface Branch {
  readonly chosen: Chosen;
  readonly position: number;
  readonly ways: number;
}

/** The points after the last deviation: going another way there differs in just one place more. */
const branchesOf = (chosen: Chosen, from: number): Branch[] =>
  chosen.options.slice(from).map((options, i) => ({ chosen, position: from + i, ways: options - 1 }));

/** So many of the ways that lead off, spread evenly over all of them; the same ones each time. */
function pick(branches: readonly Branch[], total: number, room: number): (readonly number[])[] {
  const random = seededRandom(total);
  const border = (part: number) => Math.floor((part * total) / room);
  const oneOfPart = (part: number) => border(part) + Math.floor(random() * (border(part + 1) - border(part)));
  const wanted = new Set(Array.from({ length: room }, (_, part) => oneOfPart(part)));
  return waysOf(branches)
    .filter((_, i) => wanted.has(i))
    .toArray();
}

function* waysOf(branches: readonly Branch[]): Generator<readonly number[], undefined> {
  for (const { chosen, position, ways } of branches) {
    for (let choice = 1; choice <= ways; choice += 1) yield [...chosen.choices.slice(0, position), choice];
  }
}
