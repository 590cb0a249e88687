import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./labs.ts";
import { excerptOf } from "./pitfalls/excerpt.ts";
import { goPitfalls } from "./pitfalls/go.ts";
import { kinds } from "./pitfalls/kinds.ts";
import { pageOf } from "./pitfalls/page.ts";
import { happenedIn, isStale, readSeen } from "./pitfalls/seen.ts";
import { nameOf, readVariants } from "./pitfalls/variants.ts";

const variants = await readVariants();
const keys = kinds.map(({ key }) => key);
const writeAnew = "write it anew: node scripts/pitfalls.ts";

describe("the kinds of mistakes", () => {
  it("have each broken variant among them: its `kind` in mutants.ts is one of pitfalls/kinds/", () => {
    const without = variants.filter(({ kind }) => kind === undefined || !keys.includes(kind));
    expect(without.map((variant) => `${nameOf(variant)}: ${variant.kind}`)).toEqual([]);
  });

  it("are each found in some lab, and are told apart by their keys", () => {
    expect(keys.filter((key) => !variants.some(({ kind }) => kind === key))).toEqual([]);
    expect(keys).toEqual([...new Set(keys)]);
  });

  it("show at least one variant of their own, broken and mended in at most ten lines each", () => {
    for (const { key, classics } of kinds) {
      expect(classics, key).not.toEqual([]);
      for (const classic of classics) {
        const variant = variants.find((one) => nameOf(one) === classic.variant && one.kind === key);
        if (variant === undefined)
          throw new Error(`There is no variant ${classic.variant} of the kind ${key}`);
        const { lines } = excerptOf(variant, classic);
        for (const other of ["-", "+"]) {
          const side = lines.filter((line) => !line.startsWith(other));
          expect(side.length, `${classic.variant}, without ${other}`).toBeLessThanOrEqual(10);
        }
      }
    }
  });

  it("have what Go programmers are warned of among them", () => {
    const unknown = goPitfalls.flatMap((pitfall) => pitfall.kinds).filter((key) => !keys.includes(key));
    expect(unknown).toEqual([]);
  });
});

describe("excerptOf", () => {
  const classics = kinds.flatMap((kind) => kind.classics);
  const called = (name: string) => variants.find((variant) => nameOf(variant) === name) ?? expect.fail(name);

  it("shows what stands in the reference, but for the lines that are broken", () => {
    for (const classic of classics) {
      const variant = called(classic.variant);
      const { file, lines } = excerptOf(variant, classic);
      const reference = readFileSync(join(root, "labs", variant.lab, file), "utf8");
      const standing = lines.filter((line) => !line.startsWith("-")).map((line) => line.slice(2));
      expect(standing.filter((line) => line !== "…" && !reference.includes(line))).toEqual([]);
      expect(lines.filter((line) => line.startsWith("-") || line.startsWith("+"))).not.toEqual([]);
    }
  });

  it("asks which file, where several are edited", () => {
    const name = "graceful-shutdown/sync-throw-escapes";
    expect(() => excerptOf(called(name), { variant: name })).toThrow(
      `Cannot show ${name}: say which of solution/lifecycle.ts, solution/turn.ts`,
    );
  });
});

describe("docs/pitfalls.md", () => {
  it("has what the tests said of each variant as it is now", () => {
    const seen = readSeen();
    expect(variants.filter((variant) => isStale(variant, seen)).map(nameOf), writeAnew).toEqual([]);
    expect([...seen.keys()].toSorted(), writeAnew).toEqual(variants.map(nameOf).toSorted());
  });

  it("is what labs and records say", () => {
    const written = readFileSync(join(root, "docs", "pitfalls.md"), "utf8");
    expect(written === pageOf(variants, readSeen()), writeAnew).toBe(true);
  });
});

describe("happenedIn", () => {
  const said = (summary: string) => happenedIn({ message: "", summary });

  it("takes the words of the problem before those of the kit", () => {
    expect(happenedIn({ message: "m", summary: "s", happened: "3 jobs ran at once\nand so on" })).toBe(
      "3 jobs ran at once",
    );
  });

  it("says in one line, without places in the code, what the kit found", () => {
    const halt = "Everything has come to a halt: nothing more can happen, and\n  Ann waits\n  Bob waits";
    expect(said(`${halt}\nParked for ever:\n  main in run (solution/a.ts:1:2)`)).toBe(
      "nothing moves any more: Ann waits; Bob waits",
    );
    expect(said("A promise was rejected and nobody handles it. In production …\nError: late")).toBe(
      "an unhandled rejection: Error: late",
    );
    expect(said("Hung: the code has run for 5 s of CPU time, in #write (solution/a.ts:1:2)")).toBe(
      "Hung: the code has run for 5 s of CPU time",
    );
    const timer = "  a timer of 50 ms of main (solution/a.ts:22)";
    expect(said(`When all is over there is still pending:\n${timer}\n${timer}`)).toBe(
      "still there when all is over: a timer of 50 ms",
    );
    expect(
      said("All is over, and 1 thing that it began is still alive:\n\n  1. 3 listeners\n       added at x"),
    ).toBe("still there when all is over: 3 listeners");
  });

  it("is not long", () => {
    expect(said("word ".repeat(100)).length).toBeLessThan(225);
  });
});
