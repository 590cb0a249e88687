import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../testing.ts";
import { Effects, keysIn } from "./effects.ts";

describe("Effects", () => {
  it("does what has a key once, and tells everybody else what came of it", async () => {
    using folder = temporaryFolder();
    await using effects = await Effects.open(join(folder.path, "effects"));
    let calls = 0;
    const work = async () => {
      calls += 1;
      return { calls };
    };
    const results = await Promise.all([1, 2, 3].map(() => effects.once("a", work)));
    expect([...results, await effects.once("a", work)]).toEqual(Array(4).fill({ calls: 1 }));
    expect(await effects.once("b", work)).toEqual({ calls: 2 });
  });

  it("remembers it in the next process", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "effects");
    {
      await using effects = await Effects.open(file);
      await effects.once("a", async () => "done");
    }
    await using effects = await Effects.open(file);
    expect(await effects.once("a", () => Promise.reject(new Error("again")))).toBe("done");
    expect([effects.count, keysIn(readFileSync(file, "utf8"))]).toEqual([1, ["a"]]);
  });

  it("writes nothing down of what failed", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "effects");
    await using effects = await Effects.open(file);
    await expect(effects.once("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await effects.once("a", async () => "yes")).toBe("yes");
    expect(keysIn(readFileSync(file, "utf8"))).toEqual(["a"]);
  });

  it("does again what a process had half written down when it was killed, and reads on behind it", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "effects");
    writeFileSync(file, '{"key":"a","result":1}\n{"key":"b","resu');
    await using effects = await Effects.open(file);
    expect(await effects.once("b", async () => 2)).toBe(2);
    expect(await effects.once("a", async () => 3)).toBe(1);
    expect(keysIn(readFileSync(file, "utf8"))).toEqual(["a", "b"]);
  });

  it("takes the first of two lines of one key", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "effects");
    appendFileSync(file, '{"key":"a","result":1}\nnonsense\n{"key":"a","result":2}\n');
    await using effects = await Effects.open(file);
    expect(await effects.once("a", async () => 3)).toBe(1);
  });
});
