import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
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

  it("does again what a process had half written down when it was killed: that is cut off, and told", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "effects");
    writeFileSync(file, '{"key":"a","result":1}\n{"key":"b","resu');
    const told: string[] = [];
    await using effects = await Effects.open(file, { onTorn: (what) => told.push(what) });
    const where = `${file} ended in the middle of line 2`;
    expect([told, readFileSync(file, "utf8")]).toEqual([
      [`${where}, which is cut off: it was being written`],
      '{"key":"a","result":1}\n',
    ]);
    expect(await effects.once("b", async () => 2)).toBe(2);
    expect(await effects.once("a", async () => 3)).toBe(1);
    expect(keysIn(readFileSync(file, "utf8"))).toEqual(["a", "b"]);
  });

  it("takes back what a full disk has taken of a line, before it writes the next", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "effects");
    const handle = await open(file, "a+");
    await handle.close();
    const full = vi.spyOn(Object.getPrototypeOf(handle), "appendFile");
    full.mockImplementationOnce(async () => {
      appendFileSync(file, '{"key":"a","re');
      throw new Error("disk full");
    });
    await using effects = await Effects.open(file);
    await expect(effects.once("a", async () => 1)).rejects.toThrow("disk full");
    expect(await effects.once("b", async () => 2)).toBe(2);
    expect(await effects.once("a", async () => 3)).toBe(3);
    full.mockRestore();
    expect(readFileSync(file, "utf8")).toBe('{"key":"b","result":2}\n{"key":"a","result":3}\n');
  });

  it.each(["nonsense", "", '{"key":"c"', '{"key":1,"result":1}'])(
    "refuses damage that no crash leaves, with the place: %j",
    async (line) => {
      using folder = temporaryFolder();
      const file = join(folder.path, "effects");
      const text = `{"key":"a","result":1}\n${line}\n{"key":"b","result":2}\n`;
      writeFileSync(file, text);
      const opening = Effects.open(file).catch((error) => error);
      expect([(await opening).name, (await opening).message]).toEqual([
        "EffectsError",
        `${file}:2 must be an effect, as in {"key":"…","result":…}, got ${JSON.stringify(line)}: ` +
          "mend the line, or take it out if what it tells of may be done again",
      ]);
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );

  it("takes the first of two lines of one key", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "effects");
    appendFileSync(file, '{"key":"a","result":1}\n{"key":"a","result":2}\n');
    await using effects = await Effects.open(file);
    expect(await effects.once("a", async () => 3)).toBe(1);
  });
});
