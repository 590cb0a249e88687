import * as real from "node:crypto";
import { describe, expect, it } from "vitest";
import * as standIn from "./crypto.ts";

describe("createHash", () => {
  it.each([0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1_000])("hashes %d bytes as Node does", (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) % 256);
    const hash = standIn.createHash("sha256");
    const cut = Math.floor(length / 3);
    hash.update(bytes.subarray(0, cut)).update(bytes.subarray(cut));
    expect(hash.digest("hex")).toBe(real.createHash("sha256").update(bytes).digest("hex"));
  });

  it("hashes text as UTF-8, and gives bytes where none ask for letters", () => {
    const bytes = standIn.createHash("sha256").update("Grüße").digest();
    expect(Buffer.from(bytes).toString("hex")).toBe(real.createHash("sha256").update("Grüße").digest("hex"));
  });

  it("refuses any other algorithm", () => {
    expect(() => standIn.createHash("md5")).toThrow("Cannot hash by md5 in a browser: only by sha256");
  });
});

describe("identifiers", () => {
  it("have the form of their version", () => {
    const form = (version: number) =>
      new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`);
    for (let round = 0; round < 100; round += 1) {
      expect(standIn.randomUUID()).toMatch(form(4));
      expect(standIn.randomUUIDv7()).toMatch(form(7));
    }
  });

  it("of version 7 begin with the time", () => {
    const before = Date.now();
    const began = Number.parseInt(standIn.randomUUIDv7().replace("-", "").slice(0, 12), 16);
    expect(began).toBeGreaterThanOrEqual(before);
    expect(began).toBeLessThanOrEqual(Date.now());
  });
});
