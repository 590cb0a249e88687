import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Whether the tests that count are run in their long forms: in the first round of `npm run soak`, or with `SOAK=1`. In
 * its other rounds, with `SOAK=explore`, only the explorations are longer.
 */
export const isSoak = process.env["SOAK"] === "1";

/** How many rounds there are: a few in `npm test`, many in a soak. */
export const rounds = (few: number, many: number): number => (isSoak ? many : few);

/** Tells in one line what a long test has counted. Nothing but in a soak: `npm run soak` prints it after each round. */
export function tellCounts(text: string): void {
  if (!isSoak) return;
  console.log(text);
  const folder = join(process.cwd(), ".results"); // Of the package whose tests these are.
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, "counts.txt"), `${text}\n`);
}
