import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { commandLine, flag, option, UsageError } from "./command-line.ts";
import { address, number, oneOf, outputFile, pictureFile, text, wholeNumber } from "./values.ts";

const line = commandLine({
  does: "Bakes bread.",
  options: {
    loaves: option("<n>", "how many (default 2)", wholeNumber(1, 256).default(2)),
    degrees: option("<n>", "how hot (default 230)", number(0.5, 300).default(230)),
    "kind-of-flour": option("<kind>", "rye or wheat (default rye)", oneOf(["rye", "wheat"]).default("rye")),
    from: option("<address>", "where the recipe lies", address().optional()),
    picture: option("<file>", "draw it", pictureFile().optional()),
    json: flag("print JSON"),
    into: option("<file>", "where to put it", outputFile().optional()),
    oven: option("<name>", "which oven", text("the name of an oven").optional()),
    rack: option("<place>", "where in the oven", z.string().optional()),
  },
  idle: [
    ["rack", "idle without", "oven"],
    ["picture", "idle with", "json"],
  ],
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
      into: undefined,
      oven: undefined,
      rack: undefined,
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
    ["--colour red", "unknown option --colour"],
    ["--constructor", "unknown option --constructor"],
    ["--loaves 1 --json --loaves=2", "--loaves is given twice"],
    ["--json --json", "--json is given twice"],
    ["extra", 'unexpected argument "extra": every option has a name, as in --loaves'],
  ])("refuses %j", (args, message) => {
    expect(() => line.read(args.split(" "))).toThrow(new UsageError(message));
  });

  it.each(["nonsense", "ftp://example.com/", "http://me@example.com/", ""])(
    "refuses the address %j",
    (text) => {
      expect(() => line.read(["--from", text])).toThrow(`got ${JSON.stringify(text)}`);
    },
  );

  it.each([
    ["http://me:secret@example.com/", "http://me:…@example.com/"],
    ["http://:s@e:c/r@example.com/", "http://:…@example.com/"],
    ["me:secret@example.com", "me:…@example.com"],
  ])("tells nobody the password in %j", (text, told) => {
    expect(() => line.read(["--from", text])).toThrow(`got ${JSON.stringify(told)}`);
  });

  it.each([
    ["--oven", "--oven must be the name of an oven, got nothing"],
    ["--oven=", '--oven must be the name of an oven, got ""'],
    ["--oven big --rack", "--rack must have a value, got nothing"],
    ["--rack top", "--rack has no effect without --oven"],
    ["--json --picture run.svg", "--picture has no effect with --json"],
  ])("refuses what is left away or comes to nothing: %s", (args, message) => {
    expect(() => line.read(args.split(" "))).toThrow(new UsageError(message));
  });

  it("asks for what it cannot do without", () => {
    const options = { oven: option("<name>", "which oven", text("the name of an oven")) };
    const strict = commandLine({ does: "Bakes bread.", options, notes: "" });
    expect(() => strict.read([])).toThrow(new UsageError("--oven must be the name of an oven, got nothing"));
  });

  it("takes what has no effect by itself together with what it needs", () => {
    expect(line.read(["--rack", "top", "--oven", "big"])).toMatchObject({ rack: "top", oven: "big" });
  });
});

describe("a file that is to be written", () => {
  const folder = mkdtempSync(join(tmpdir(), "output-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "folder.svg"));
  symlinkSync("file", join(folder, "link"));
  symlinkSync("nowhere", join(folder, "broken"));
  symlinkSync("/dev/null", join(folder, "device"));

  it.each(["new", "file", "link"])("may be %s", (name) => {
    const file = join(folder, name);
    expect(line.read(["--into", file]).into).toBe(file);
  });

  it.each([
    ["into", "broken", "must be a file, or not be there yet"],
    ["into", "device", "must be a file, or not be there yet"],
    ["into", "", "must be a file, or not be there yet"],
    ["into", "no/where", "must be in a folder that can be written to"],
    ["into", "file/in-a-file", "must be in a folder that can be written to"],
    ["picture", "no/where.svg", "must be in a folder that can be written to"],
    ["picture", "folder.svg", "must be a file, or not be there yet"],
  ])("is refused before anything is done: --%s %j", (option, name, rule) => {
    const file = join(folder, name);
    expect(() => line.read([`--${option}`, file])).toThrow(
      new UsageError(`--${option} ${rule}, got ${JSON.stringify(file)}`),
    );
  });
});

describe("the usage", () => {
  const small = commandLine({
    does: "Bakes bread.",
    options: {
      loaves: option("<n>", "how many of them are to be baked (default 2)", wholeNumber(1, 256).default(2)),
      json: flag("print JSON"),
    },
    notes: `Ctrl-C takes it out
of the oven.

A second one leaves it there, and nobody can tell what becomes
of it.`,
  });

  it("describes each option in one column, and makes anew the lines that are too wide", () => {
    expect(small.usage(60)).toBe(`Usage: npx lab demo LAB [options]

Bakes bread.

  --loaves <n>  how many of them are to be baked (default 2)
  --json        print JSON
  --help        print this

Ctrl-C takes it out
of the oven.

A second one leaves it there, and nobody can tell what
becomes of it.
`);
  });

  it("says what is typed to start what is no demo", () => {
    const oven = commandLine({ does: "Bakes.", options: {}, notes: "", program: "node oven.ts" });
    expect(oven.usage(60)).toContain("Usage: node oven.ts [options]\n");
  });

  it("is never wider than the screen", () => {
    expect(small.usage(44)).toContain(`
  --loaves <n>  how many of them are to be
                baked (default 2)
  --json        print JSON
`);
    expect(small.usage(36)).toContain(`
  --loaves <n>
      how many of them are to be
      baked (default 2)
  --json
      print JSON
`);
    for (const width of [36, 44, 60]) {
      const widest = Math.max(
        ...small
          .usage(width)
          .split("\n")
          .map((line) => line.length),
      );
      expect(widest).toBeLessThanOrEqual(width);
    }
  });
});
