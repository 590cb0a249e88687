import { describe, expect, it } from "vitest";
import { byteNameOf, shown, shownName, toBytes, tryPathOf } from "./byte-name.ts";

describe("a byte name", () => {
  it.each(["./a", "über", "日本", "line\nbreak", "🗂"])("keeps %j", (path) => {
    expect(tryPathOf(byteNameOf(path))).toBe(path);
    expect(toBytes(byteNameOf(path))).toEqual(Buffer.from(path));
  });

  it("keeps bytes that are no UTF-8, which no path can", () => {
    expect(toBytes("caf\xe9")).toEqual(Buffer.from([0x63, 0x61, 0x66, 0xe9]));
    expect(tryPathOf("caf\xe9")).toBeUndefined();
  });

  it("is shown on one line, and steers no terminal", () => {
    expect(shownName(byteNameOf("ü\n\r\t\x1b[31m\u202e\u2028"))).toBe(
      "ü\\n\\r\\t\\u{1b}[31m\\u{202e}\\u{2028}",
    );
    expect(shownName("caf\xe9")).toBe("caf\ufffd");
    expect(shown("ü\x07")).toBe("ü\\u{7}");
  });
});
