import { describe, expect, it } from "vitest";
import {
  address,
  commandLine,
  flag,
  number,
  oneOf,
  option,
  pictureFile,
  UsageError,
  wholeNumber,
} from "./command-line.ts";

const line = commandLine({
  does: "Bakes bread.",
  options: {
    loaves: option("<n>", "how many (default 2)", wholeNumber(1, 256).default(2)),
    degrees: option("<n>", "how hot (default 230)", number(0.5, 300).default(230)),
    "kind-of-flour": option("<kind>", "rye or wheat (default rye)", oneOf(["rye", "wheat"]).default("rye")),
    from: option("<address>", "where the recipe lies", address().optional()),
    picture: option("<file>", "draw it", pictureFile().optional()),
    json: flag("print JSON"),
  },
  notes: "Ctrl-C takes it out of the oven.",
});

describe("commandLine", () => {
  it("reads what it is given, by type", () => {
    const given = line.read(
      "--loaves 3 --degrees=99.5 --kind-of-flour wheat --json --from http://a.b/c".split(" "),
    );
    expect(given).toEqual({
      loaves: 3,
      degrees: 99.5,
      "kind-of-flour": "wheat",
      from: new URL("http://a.b/c"),
      picture: undefined,
      json: true,
      help: false,
    } satisfies typeof given);
  });

  it("falls back on what the schema says", () => {
    expect(line.read([])).toMatchObject({ loaves: 2, degrees: 230, "kind-of-flour": "rye", json: false });
    expect(line.read(["-h"]).help).toBe(true);
  });

  it.each([
    [
      "--picture run.png",
      '--picture must be the name of a file that ends in .html, .svg or .json, got "run.png"',
    ],
    ["--picture", "--picture must be the name of a file that ends in .html, .svg or .json, got nothing"],
    ["--loaves 0", '--loaves must be a whole number from 1 to 256, got "0"'],
    ["--loaves -1", '--loaves must be a whole number from 1 to 256, got "-1"'],
    ["--loaves 1e2", '--loaves must be a whole number from 1 to 256, got "1e2"'],
    ["--loaves", "--loaves must be a whole number from 1 to 256, got nothing"],
    ["--degrees NaN", '--degrees must be a number from 0.5 to 300, got "NaN"'],
    ["--kind-of-flour oat", '--kind-of-flour must be one of rye, wheat, got "oat"'],
    ["--json=yes", '--json takes no value, got "yes"'],
    ["--colour", "unknown option --colour"],
    ["-x", "unknown option -x"],
    ["extra", 'unexpected argument "extra": every option has a name, as in --loaves'],
  ])("refuses %j", (args, message) => {
    expect(() => line.read(args.split(" "))).toThrow(new UsageError(message));
  });

  it.each(["nonsense", "ftp://example.com/", "http://me:secret@example.com/", ""])(
    "refuses the address %j",
    (text) => {
      expect(() => line.read(["--from", text])).toThrow(`got ${JSON.stringify(text)}`);
    },
  );

  it("describes each option in its usage, in one column", () => {
    expect(line.usage).toBe(`Usage: node demo/index.ts [options]

Bakes bread.

  --loaves <n>            how many (default 2)
  --degrees <n>           how hot (default 230)
  --kind-of-flour <kind>  rye or wheat (default rye)
  --from <address>        where the recipe lies
  --picture <file>        draw it
  --json                  print JSON
  --help                  print this

Ctrl-C takes it out of the oven.
`);
  });
});
