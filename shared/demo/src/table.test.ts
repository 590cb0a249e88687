import { expect, it } from "vitest";
import { type Column, layOut } from "./table.ts";

const columns: readonly Column[] = [
  { cells: ["NAME", "rye", "wheat"], align: "left" },
  { cells: ["LOAVES", "\x1b[31m12\x1b[39m", "7"], worth: 2 },
  { cells: ["AGE", "1 h"], worth: 1 },
  { cells: ["PRICE", "3.50", "12.00"], worth: 1 },
];

it("puts each cell to the side on which its column stands", () => {
  expect(layOut(columns, 79)).toEqual([
    "NAME   LOAVES  AGE  PRICE",
    "rye        \x1b[31m12\x1b[39m  1 h   3.50",
    "wheat       7       12.00",
  ]);
});

it.each([
  [25, "NAME   LOAVES  AGE  PRICE"],
  [24, "NAME   LOAVES  AGE"],
  [17, "NAME   LOAVES"],
  [12, "NAME"],
  [1, "NAME"],
])("leaves out of %i columns what is worth least, and cuts nothing", (width, head) => {
  const lines = layOut(columns, width);
  expect(lines[0]).toBe(head);
  expect(lines).toHaveLength(3);
});
