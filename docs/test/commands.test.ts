/** Every command that a page tells its reader to type exists: the program, the command of `lab`, its options, the lab. */
import { describe, expect, it } from "vitest";
import { unknownCommands } from "./commands.ts";
import { readAllPages } from "./pages.ts";

describe("the commands of the pages", () => {
  it.for(readAllPages().map((page) => [page.path, page] as const))("exist: %s", ([, page]) => {
    expect(unknownCommands(page)).toEqual([]);
  });
});
