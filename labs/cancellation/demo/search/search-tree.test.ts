import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
// What is tested here is the search, on an answer that is right.
import * as lab from "../../solution/index.ts";
import { Enough } from "../end-of.ts";
import { SearchPicture } from "./search-picture.ts";
import { type Search, searchTree } from "./search-tree.ts";
import { Tally } from "./tally.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "search-"));
  for (let n = 0; n < 40; n += 1) writeFileSync(join(folder, `f${n}`), `needle\nhay\nneedle ${n}`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(more: Partial<Search> = {}) {
  const tally = new Tally();
  const found: string[] = [];
  const search: Search = {
    pattern: /needle/,
    root: folder,
    concurrency: 4,
    fileTimeoutMs: 600_000,
    deadlineMs: undefined,
    max: undefined,
    tally,
    picture: new SearchPicture(/needle/, 4, false),
    print: async (name, lines) => void found.push(...lines.map(({ line }) => `${name}:${line}`)),
    signal: new AbortController().signal,
    ...more,
  };
  return { tally, found, done: searchTree(lab, search) };
}

describe("searchTree", () => {
  it("finds all lines, with so many files open at once", async () => {
    const { tally, found, done } = start();
    await done;
    expect(found).toHaveLength(80);
    expect(tally).toMatchObject({ found: 40, matches: 80, givenUp: 0, searched: { text: 40, binary: 0 } });
    expect(tally.open).toMatchObject({ now: 0, most: 4 });
  });

  it("leaves binary files and what has vanished, and goes on", async () => {
    writeFileSync(join(folder, "binary"), "needle\0");
    const { tally, done } = start({
      print: async () => rmSync(join(folder, "f0"), { force: true }),
    });
    await done;
    expect(tally.searched.binary).toBe(1);
    expect(tally.searched.text + tally.failed.files).toBe(40);
  });

  it("stops at an abort with its very reason, closes every file, and knows what it has given up", async () => {
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    const { tally, done } = start({
      signal: controller.signal,
      print: async (_, __, signal) => {
        controller.abort(reason);
        signal.throwIfAborted();
      },
    });
    await expect(done).rejects.toBe(reason);
    expect(tally.open.now).toBe(0);
    expect(tally.givenUp).toBeGreaterThan(0);
    expect(tally.failed.files).toBe(0);
  });

  it("begins nothing under an aborted signal", async () => {
    const { tally, done } = start({ signal: AbortSignal.abort("late") });
    await expect(done).rejects.toBe("late");
    expect(tally).toMatchObject({ found: 0, bytes: 0 });
  });

  it("stops at its deadline, even if whoever reads the matches is stuck", async () => {
    const { tally, done } = start({
      deadlineMs: 1,
      print: (_, __, signal) => lab.underSignal(new Promise(() => {}), signal),
    });
    await expect(done).rejects.toMatchObject({ name: "TimeoutError" });
    expect(tally.open.now).toBe(0);
  });

  it("gives up a file that takes too long, and no other", async () => {
    const { tally, done } = start({
      fileTimeoutMs: 20,
      print: (name, _, signal) =>
        name === "./f7" ? lab.underSignal(new Promise(() => {}), signal) : Promise.resolve(),
    });
    await done;
    expect(tally.problems).toContainEqual({ name: "./f7", why: "it took too long" });
  });

  it("stops when that is enough", async () => {
    const { tally, found, done } = start({ max: 3 });
    await expect(done).rejects.toBeInstanceOf(Enough);
    expect([found.length, tally.matches, tally.open.now]).toEqual([3, 3, 0]);
  });
});
