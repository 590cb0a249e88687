import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutant } from "@pattern-labs/testkit/mutants";
import { describe, expect, it } from "vitest";
import { plain } from "../paint.ts";
import { copyRoad } from "../testing/fixture-road.ts";
import { differenceLines, withoutNewBlanks } from "./difference.ts";
import { beginHunt, brokenFiles, candidates, endHunt, pick, readHunt, repairs } from "./hunt.ts";

const leaveForgets: Mutant = {
  id: "leave-forgets",
  bug: "who leaves still counts",
  caughtBy: "2.1",
  edits: [{ find: "      inside.push(name);", replace: "" }],
};

describe("candidates", () => {
  const mutant = (id: string): Mutant => ({ ...leaveForgets, id });
  const all = [mutant("a"), mutant("b"), { id: "whole", bug: "", caughtBy: "1.1", wrong: true } as const];
  const ids = (bugs: Record<string, "found" | "given up">) => candidates(all, { bugs }).map(({ id }) => id);

  it("are edits of the reference that nobody has met yet", () => {
    expect(ids({})).toEqual(["a", "b"]);
    expect(ids({ a: "found" })).toEqual(["b"]);
  });

  it("come back once given up, when nothing else is left, and once found, never", () => {
    expect(ids({ a: "found", b: "given up" })).toEqual(["b"]);
    expect(ids({ a: "found", b: "found" })).toEqual([]);
  });
});

describe("pick", () => {
  it("is the same one for a seed, and some other one for others", () => {
    const many = Array.from({ length: 20 }, (_, n) => n);
    expect(pick(many, "x")).toBe(pick(many, "x"));
    expect(new Set(Array.from({ length: 20 }, (_, n) => pick(many, String(n)))).size).toBeGreaterThan(5);
    expect(many).toContain(pick(many, undefined));
    expect(pick([], "x")).toBeUndefined();
  });
});

describe("a hunt", () => {
  it("hides one mistake in a copy of the reference, without a trace of which and where", async () => {
    using road = copyRoad();
    await beginHunt(road.root, road.lab(), leaveForgets);
    const broken = road.read("bug/index.ts");
    expect(broken).not.toContain("inside.push");
    expect(broken.split("\n")).toHaveLength(road.read("solution/index.ts").split("\n").length - 1);
    expect(road.read("bug/.hunt.json")).not.toContain("leave-forgets");
    expect(road.read("bug/.gitignore")).toBe("*\n");
    expect(readHunt(road.lab())).toEqual({ id: "leave-forgets", isOver: false });
  });

  it("takes the place of the one before, whole", async () => {
    using road = copyRoad();
    road.write("bug/left-over.ts", "export {};");
    await beginHunt(road.root, road.lab(), leaveForgets);
    expect(() => road.read("bug/left-over.ts")).toThrow("ENOENT");
  });

  it("knows what was changed since: in a file, in a new one, in one that is gone", async () => {
    using road = copyRoad();
    const lab = road.lab();
    road.write("solution/extra.ts", "export {};\n");
    await beginHunt(road.root, lab, leaveForgets);
    const broken = await brokenFiles(road.root, lab, leaveForgets);
    expect(repairs(lab, broken)).toEqual([]);
    road.write("bug/index.ts", road.read("solution/index.ts"));
    road.write("bug/new.ts", "export {};\n");
    expect(repairs(lab, broken).map(({ file }) => file)).toEqual(["index.ts", "new.ts"]);
  });

  it("is over when it is ended, and none where its record is spoilt", async () => {
    using road = copyRoad();
    await beginHunt(road.root, road.lab(), leaveForgets);
    endHunt(road.lab(), { id: "leave-forgets", isOver: false });
    expect(readHunt(road.lab())?.isOver).toBe(true);
    road.write("bug/.hunt.json", "{");
    expect(readHunt(road.lab())).toBeUndefined();
  });

  it("fails without a trace when the mistake does not fit the reference", async () => {
    using road = copyRoad();
    const path = join(road.root, "labs", "worker-pool", "bug", "index.ts");
    road.write("bug/index.ts", "mine");
    const misfit = { ...leaveForgets, edits: [{ find: "nowhere", replace: "" }] };
    await expect(beginHunt(road.root, road.lab(), misfit)).rejects.toThrow("occurs 0 times");
    expect(readFileSync(path, "utf8")).toBe("mine");
  });
});

describe("differenceLines", () => {
  it("shows what is gone and what has come, with two lines around", () => {
    const before = ["a", "b", "c", "d", "e", "f"].join("\n");
    expect(differenceLines(before, before.replace("d", "x"), plain)).toEqual([
      "  b",
      "  c",
      "- d",
      "+ x",
      "  e",
      "  f",
    ]);
  });

  it("leaves out what lies between", () => {
    const before = Array.from({ length: 12 }, (_, n) => String(n)).join("\n");
    const after = before.replace("1\n", "x\n").replace("11", "y");
    expect(differenceLines(before, after, plain)).toContain("  ⋯");
  });

  it("is empty where nothing differs", () => {
    expect(differenceLines("a", "a", plain)).toEqual([]);
  });
});

describe("withoutNewBlanks", () => {
  it("closes the gap that a cut left, and keeps the blank lines that were there", () => {
    expect(withoutNewBlanks("a\n\nb\nc", "a\n\n   \nc")).toBe("a\n\nc");
  });
});
