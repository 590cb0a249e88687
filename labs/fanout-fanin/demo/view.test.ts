import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { hasherLine } from "../given/options.ts";
import { Tally } from "./tally.ts";
import { LiveView } from "./view.ts";

it.each([49, 79, 200])("shows within %i columns how far it is and how many files are open", (width) => {
  const tally = new Tally();
  tally.hashed = 48_000;
  for (let n = 0; n < 16; n += 1) tally.opened("./file");
  const text = new LiveView().paint({ tally, options: hasherLine.read([]), total: 50_013 }, width);
  const lines = stripVTControlCharacters(text).split("\n");
  expect(lines[0]).toMatch(/ 95 % of 50,013 files$/);
  expect(lines[2]).toMatch(/ 16 now, at most 16, limit 16$/);
  for (const line of [lines[0], lines[2]]) expect(line?.length).toBeLessThanOrEqual(width);
});
