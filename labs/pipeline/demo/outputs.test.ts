import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Outputs, stallOnce } from "./outputs.ts";

const folder = mkdtempSync(join(tmpdir(), "outputs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();

describe("Outputs", () => {
  it("writes each line to its file, which is begun anew", async () => {
    const file = join(folder, "lines");
    for (const lines of [
      ["an", "old", "line"],
      ["one", "dög"],
    ]) {
      await using outputs = await Outputs.open([undefined, file]);
      for (const line of lines) await outputs.all[0]?.(line, { signal });
      expect(await outputs.close()).toBeUndefined();
    }
    expect(readFileSync(file, "utf8")).toBe("one\ndög\n");
  });

  it("has one that throws everything away where none was named", async () => {
    await using outputs = await Outputs.open([undefined, undefined]);
    expect(outputs.all).toHaveLength(1);
    await outputs.all[0]?.("line", { signal });
  });

  it("says in a sentence that a file cannot be written", async () => {
    await expect(Outputs.open([join(folder, "nowhere", "lines")])).rejects.toThrow(/^cannot write .*ENOENT/);
  });
});

describe("stallOnce", () => {
  it("rests once, after so many lines, and loses none", async () => {
    const written: string[] = [];
    const events: string[] = [];
    const output = stallOnce(async (line) => void written.push(line), {
      afterLines: 2,
      seconds: 0,
      onStall: (seconds) => {
        events.push(`rests for ${seconds} s after ${written.length}`);
        return { [Symbol.dispose]: () => void events.push("goes on") };
      },
    });
    for (const line of ["a", "b", "c", "d"]) await output(line, { signal });
    expect(written).toEqual(["a", "b", "c", "d"]);
    expect(events).toEqual(["rests for 0 s after 2", "goes on"]);
  });

  it("stops resting when it is stopped", async () => {
    const controller = new AbortController();
    const output = stallOnce(async () => {}, {
      afterLines: 0,
      seconds: 86_400,
      onStall: () => ({ [Symbol.dispose]() {} }),
    });
    const resting = output("line", controller);
    controller.abort("reason");
    await expect(resting).rejects.toBe("reason");
  });
});
