import { describe, expect, it } from "vitest";
import { BodyTooLargeError, type Line, linesOf } from "./lines.ts";

async function* body(...pieces: readonly (string | Uint8Array)[]) {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function read(limit: number, ...pieces: readonly (string | Uint8Array)[]): Promise<Line[]> {
  return await Array.fromAsync(linesOf(body(...pieces), limit));
}

describe("linesOf", () => {
  it.each([
    ["lines that arrive whole", ["a\nbc\n"], ["a", "bc"]],
    ["a last line without an end", ["a\nbc"], ["a", "bc"]],
    [
      "lines in pieces, and a letter cut in two",
      ["a", "b\n", new Uint8Array([0xc3]), new Uint8Array([0xa9, 10])],
      ["ab", "é"],
    ],
    ["ends of lines as Windows writes them", ["a\r\nb\r\n"], ["a", "b"]],
    ["empty lines, for they count", ["\n\na\n"], ["", "", "a"]],
    ["nothing", [], []],
    ["pieces that are empty", ["", "a", "", "\n", ""], ["a"]],
    ["a line that is no UTF-8, and goes on", [new Uint8Array([0xff, 10]), "a"], [undefined, "a"]],
  ])("reads %s", async (_, pieces, texts) => {
    const expected = texts.map((text, n) => ({ number: n + 1, text }));
    expect(await read(1_000, ...pieces)).toEqual(expected);
  });

  it("takes a body of just the limit", async () => {
    expect(await read(4, "ab\n", "c")).toHaveLength(2);
  });

  it("refuses what goes over the limit, after the lines before it", async () => {
    const lines: Line[] = [];
    const reading = (async () => {
      for await (const line of linesOf(body("a\n", "b\nc"), 4)) lines.push(line);
    })();
    await expect(reading).rejects.toThrow(new BodyTooLargeError(4));
    expect(lines).toEqual([{ number: 1, text: "a" }]);
  });

  it("asks for no more while a line is not taken", async () => {
    let asked = 0;
    const pieces = (async function* () {
      for (; asked < 10; ) {
        asked += 1;
        yield Buffer.from("a\nb\n");
      }
    })();
    const lines = linesOf(pieces, 1_000);
    for (let n = 1; n <= 2; n += 1) await lines.next();
    expect(asked).toBe(1);
    await lines.next();
    expect(asked).toBe(2);
  });
});
