import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startProcess } from "./process.ts";
import { HangDetector } from "./watchdog/hang-detector.ts";

const fixtures = join(import.meta.dirname, "../fixtures");

describe("HangDetector", () => {
  it("takes a process for hung that burns CPU while its event loop stands still", () => {
    const detector = new HangDetector(() => 1_000);
    expect(detector.isHung(7, 100)).toBe(false);
    expect(detector.isHung(7, 1_099)).toBe(false);
    expect(detector.isHung(7, 1_100)).toBe(true);
  });

  it("begins anew whenever the event loop turns", () => {
    const detector = new HangDetector(() => 1_000);
    detector.isHung(1, 0);
    expect(detector.isHung(2, 5_000)).toBe(false);
    expect(detector.isHung(2, 5_999)).toBe(false);
    expect(detector.isHung(3, 9_000)).toBe(false);
  });

  it("never takes a process for hung that merely waits", () => {
    const detector = new HangDetector(() => 1_000);
    const looks = Array.from({ length: 1_000 }, (_, i) => detector.isHung(1, 50 + i / 10));
    expect(looks).not.toContain(true);
  });
});

it("HangDetector looks its limit up each time", () => {
  let limitMs = 5_000;
  const detector = new HangDetector(() => limitMs);
  expect(detector.isHung(1, 0)).toBe(false);
  expect(detector.isHung(1, 1_000)).toBe(false);
  limitMs = 1_000;
  expect(detector.isHung(1, 1_000)).toBe(true);
});

describe("the watchdog", () => {
  it("ends a stuck process whose parent has died", async () => {
    await using parent = await startProcess(process.execPath, [join(fixtures, "orphan/parent.ts")]);
    await parent.line(/spinning/);
    parent.kill("SIGKILL");
    // The orphan holds the pipe for as long as it lives, and the exit waits for the end of what is printed.
    expect(await parent.exit).toEqual({ code: null, signal: "SIGKILL" });
    expect(parent.stderr).not.toContain("Hung");
  });
});
