import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./labs.ts";

const index = readFileSync(join(root, "docs", "exercise-index.md"), "utf8");

/** How many exercises the catalogue has under each heading of the blocks whose exercises are listed one by one. */
const exercises: Readonly<Record<string, readonly number[]>> = {
  9: [1, 4, 6, 3, 5, 6, 3, 4, 3],
  31: [4, 4, 4, 3, 3, 3],
  39: [3, 4, 3, 3],
  47: [3, 3, 3, 2],
  57: [4, 3, 4],
  61: [4, 3, 3],
};

/** The catalogue's other headings. */
const others =
  "17.7 18.1 18.2 20.5 30.2 32.1 32.4 32.7 33.1 33.5 33.6 35.4 35.5 35.6 36.3 36.4 37.1 37.3 41.3 41.5 46.2 48.4 51.1 51.3 52.3 55.3 55.4 56.2 56.3 60.2 62.1 67.2 69.2 71.2".split(
    " ",
  );

describe("docs/exercise-index.md", () => {
  it("lists each single exercise of the blocks that the labs are about", () => {
    for (const [block, counts] of Object.entries(exercises)) {
      for (const [i, count] of counts.entries()) {
        const heading = `${block}.${i + 1}`;
        const [, section = ""] =
          new RegExp(`^### ${heading} .*$([\\s\\S]*?)(?:^##|$(?![\\s\\S]))`, "m").exec(index) ?? [];
        const numbers = [...section.matchAll(/^\| (\d+) \| .+ \| (.+) \|$/gm)].map(([, number]) =>
          Number(number),
        );
        expect(numbers, heading).toEqual(Array.from({ length: count }, (_, n) => n + 1));
      }
    }
  });

  it("lists every heading once, and says how many they are", () => {
    const listed = [...index.matchAll(/^(?:### |\| )(\d+\.\d+) /gm)].map(([, heading]) => heading);
    const single = Object.entries(exercises).flatMap(([block, counts]) =>
      counts.map((_, i) => `${block}.${i + 1}`),
    );
    expect(listed.toSorted()).toEqual([...single, ...others].toSorted());
    expect(index).toContain(`each of its ${listed.length} headings`);
  });
});
