import { expect, it } from "vitest";
import { count, duration, grouped, listOf, megabytes, percent } from "./words.ts";

it("counts in words", () => {
  expect([grouped(950.4), grouped(12_300)]).toEqual(["950", "12,300"]);
  expect([count(1, "file"), count(50_013, "file"), count(0, "match"), count(2, "entry")]).toEqual([
    ...["1 file", "50,013 files", "0 matches", "2 entries"],
  ]);
  expect(count(2, "tray")).toBe("2 trays");
});

it("lists what there is", () => {
  const parts = [
    [2, "file", "not read"],
    [0, "folder", "not read"],
    [1, "fifo"],
  ] as const;
  expect(listOf(parts)).toBe("2 files not read, 1 fifo");
  expect(listOf([])).toBe("");
});

it("measures in words", () => {
  expect([0, 4_096, 1_260_000, 9_960_000, 12_345_678].map(megabytes)).toEqual([
    ...["0 MB", "0 MB", "1.3 MB", "10 MB", "12 MB"],
  ]);
  expect([0, 8.26, 9.96, 54.4, 999.6, 1_480, 9_996, 12_345].map(duration)).toEqual([
    ...["0.0 ms", "8.3 ms", "10 ms", "54 ms", "1.00 s", "1.48 s", "10.0 s", "12.3 s"],
  ]);
  expect([duration(undefined), duration(null), percent(1, 0), percent(1, 8)]).toEqual([
    "–",
    "–",
    "–",
    "13 %",
  ]);
});
