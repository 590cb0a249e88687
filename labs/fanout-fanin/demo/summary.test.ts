import { describe, expect, it } from "vitest";
import { hasherLine } from "../given/options.ts";
import { asText, faultsOf, type Outcome, statusOf } from "./summary.ts";
import { Tally } from "./tally.ts";

/** A run over as many files as `results` names: read, or not. */
function outcomeOf(results: string, more: Partial<Outcome> = {}): Outcome {
  const tally = new Tally();
  for (const result of results) {
    const close = tally.opened("./file");
    tally.found += 1;
    if (result === "h") tally.hashed += 1;
    if (result === "f") tally.failFile("./file", Object.assign(new Error("EACCES: …"), { code: "EACCES" }));
    if (result !== "o") close();
  }
  const options = hasherLine.read([]);
  return { tally, options, readable: undefined, tookMs: 1_000, stopped: false, sums: undefined, ...more };
}

describe("a run's status", () => {
  it("is 0 when everything was read", () => {
    expect(statusOf(outcomeOf("hhh"))).toBe(0);
    expect(statusOf(outcomeOf(""))).toBe(0);
  });

  it("is 1 when something could not be read, unless that is as it had to be", () => {
    expect(statusOf(outcomeOf("hhf"))).toBe(1);
    expect(statusOf(outcomeOf("hhf", { readable: 2 }))).toBe(0);
    const lockedFolder = outcomeOf("hh");
    lockedFolder.tally.failFolder("./locked/", new Error("…"));
    expect(statusOf(lockedFolder)).toBe(1);
  });

  it("is 1 when the checksums are not right", () => {
    const check = { ok: false, says: "sha256sum --check complains of 1 line" };
    const outcome = outcomeOf("h", { sums: { path: "sums", lines: 1, check } });
    expect([statusOf(outcome), faultsOf(outcome)]).toEqual([1, [check.says]]);
  });
});

describe("what is wrong with an answer", () => {
  it("is a result that never came, unless it was stopped", () => {
    expect(faultsOf(outcomeOf("h?"))).toEqual(["2 files found, but 1 result"]);
    expect(faultsOf(outcomeOf("h?", { stopped: true }))).toEqual([]);
    expect(faultsOf(outcomeOf("hf", { readable: 2 }))).toEqual(["1 file hashed, but 2 can be read"]);
  });

  it("is a file that was never closed, even if it was stopped", () => {
    expect(faultsOf(outcomeOf("ho", { stopped: true }))).toEqual(["1 file never closed"]);
  });

  it("is one file more than may be open", () => {
    const outcome = outcomeOf("");
    const closing = Array.from({ length: 17 }, () => outcome.tally.opened("./file"));
    for (const close of closing) close();
    expect(faultsOf(outcome)).toEqual(["17 files were open at once; the limit is 16"]);
  });
});

describe("the summary", () => {
  it("shows twenty of those that could not be read, and counts the others", () => {
    const text = asText(outcomeOf("f".repeat(25)), 79);
    expect(text).toContain("25 files found: 0 hashed, 25 not read\n");
    expect(text.match(/permission denied/g)).toHaveLength(20);
    expect(text).toContain("and 5 more\n");
  });

  it("is folded where it is too wide, and nothing is cut off", () => {
    const outcome = outcomeOf("h", {
      sums: { path: "sums", lines: 1, check: { ok: true, says: "all is right" } },
    });
    const [wide, narrow] = [asText(outcome, Infinity), asText(outcome, 30)];
    expect(wide).toContain("\nchecksums: 1 line in sums, all is right\n");
    expect(narrow).toContain("\nchecksums: 1 line in sums, all\n    is right\n");
    expect(Math.max(...narrow.split("\n").map((line) => line.length))).toBeLessThanOrEqual(30);
  });
});
