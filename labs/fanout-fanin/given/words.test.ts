import { expect, it } from "vitest";
import { count, listOf, megabytes, seconds } from "./words.ts";

it("counts in words", () => {
  expect([count(1, "file"), count(50_013, "file")]).toEqual(["1 file", "50,013 files"]);
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
  expect([megabytes(0), megabytes(4_096), megabytes(12_345_678)]).toEqual(["0 MB", "0 MB", "12 MB"]);
  expect([megabytes(1_260_000), seconds(250), seconds(12_345)]).toEqual(["1.3 MB", "0.25 s", "12.3 s"]);
});
