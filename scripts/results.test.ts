import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { generated, generatedPaths } from "./results.ts";

const root = resolve(import.meta.dirname, "..");
const written = generated();

it("pages and pictures are written for everything that is recorded, and for nothing else", () => {
  expect(generatedPaths(), "write them anew: node scripts/results.ts").toEqual(
    [...written.keys()].toSorted(),
  );
});

it.for([...written])("%s is what is recorded", ([path, text]) => {
  const found = readFileSync(join(root, path), "utf8");
  expect(found === text, `write ${path} anew: node scripts/results.ts`).toBe(true);
});
