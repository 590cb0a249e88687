import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { whyUnreadable } from "./why-unreadable.ts";

const here = import.meta.dirname;

it.each([
  [join(here, "no-such-file"), "it has vanished"],
  [join(import.meta.filename, "below-a-file"), "it has vanished"],
  [join(here, "x".repeat(300)), "its path is too long for the system"],
])("tells in words why %s cannot be read", async (path, why) => {
  const error = await readFile(path).catch((reason: unknown) => reason);
  expect(whyUnreadable(error)).toBe(why);
});

it("tells of a time limit", () => {
  expect(whyUnreadable(new DOMException("after 10 ms", "TimeoutError"))).toBe("it took too long");
});

it("gives the message of what it has no words for, and whatever else is thrown as it is", () => {
  expect(whyUnreadable(new Error("torn"))).toBe("torn");
  expect(whyUnreadable("torn")).toBe("torn");
});
