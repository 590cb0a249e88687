import { describe, expect, it } from "vitest";
import { commandLine, option, UsageError } from "../command-line.ts";
import { text, wholeNumber } from "../values.ts";
import { readSettings } from "./environment.ts";

const line = commandLine({
  does: "Bakes bread.",
  options: {
    loaves: option("<n>", "how many", wholeNumber(1, 256).default(2)),
    kind: option("<kind>", "which bread", text("a kind of bread").optional()),
    "kind-of-flour": option("<kind>", "which flour", text("a flour").optional()),
    mill: option("<name>", "of the flour", text("a mill").optional()),
  },
  idle: [["mill", "idle without", "kind-of-flour"]],
  notes: "",
});
const read = (args: string, env: Record<string, string> = {}) =>
  readSettings(line, { args: args.split(" ").filter(Boolean), env, prefix: "OVEN" });

describe("readSettings", () => {
  it("takes the command line, else the environment, else the default", () => {
    expect(read("")).toMatchObject({ loaves: 2 });
    const env = { OVEN_LOAVES: "3", OVEN_KIND_OF_FLOUR: "rye", LOAVES: "4" };
    expect(read("", env)).toMatchObject({ loaves: 3, "kind-of-flour": "rye" });
    expect(read("--loaves 5", env)).toMatchObject({ loaves: 5, "kind-of-flour": "rye" });
    expect(read("--loaves=5", env)).toMatchObject({ loaves: 5 });
  });

  it("lets one option from the environment go with another from the command line", () => {
    expect(read("--kind-of-flour rye", { OVEN_MILL: "Ann's" })).toMatchObject({ mill: "Ann's" });
  });

  it.each([
    ["", { OVEN_LOAVES: "many" }, 'OVEN_LOAVES must be a whole number from 1 to 256, got "many"'],
    ["", { OVEN_LOAVES: "" }, 'OVEN_LOAVES must be a whole number from 1 to 256, got ""'],
    ["--loaves many", { OVEN_LOAVES: "3" }, '--loaves must be a whole number from 1 to 256, got "many"'],
    ["", { OVEN_KIND_OF_FLOUR: "", OVEN_KIND: "rye" }, 'OVEN_KIND_OF_FLOUR must be a flour, got ""'],
    ["", { OVEN_MILL: "Ann's" }, "OVEN_MILL has no effect without --kind-of-flour"],
    ["--oven 1", { OVEN_LOAVES: "3" }, "unknown option --oven"],
  ])("refuses %s %o", (args, env, message) => {
    expect(() => read(args, env)).toThrow(new UsageError(message));
  });
});
