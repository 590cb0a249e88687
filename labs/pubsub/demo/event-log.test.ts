import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EventLog, type LogOptions } from "./event-log.ts";
import { LogError } from "./segments.ts";
import { range, temporaryFolder } from "./testing.ts";

const open = (folder: string, more: Partial<LogOptions> = {}) =>
  new EventLog({ folder, keep: 100, keepBytes: 1_000_000, ...more });

const segmentsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .toSorted();

const lastSegmentIn = (folder: string) => join(folder, segmentsIn(folder).at(-1) ?? "");

const framesAfter = (log: EventLog, place: number) =>
  log.after(place, 1_000).entries.map(({ frame }) => frame.toString());

const numbersAfter = (log: EventLog, place: number) =>
  log.after(place, 1_000).entries.map(({ number }) => number);

describe("EventLog", () => {
  it("numbers messages from 1, and gives them by their place", () => {
    using folder = temporaryFolder();
    using log = open(folder.path);
    expect([log.first, log.last, log.after(0, 10)]).toEqual([1, 0, { missed: 0, entries: [] }]);
    for (const n of range(1, 5))
      expect(log.append("a.b", `{"n":${n}}`)).toMatchObject({ number: n, topic: "a.b" });
    expect(numbersAfter(log, 2)).toEqual([3, 4, 5]);
    expect(log.after(1, 2).entries.map(({ number }) => number)).toEqual([2, 3]);
    expect(framesAfter(log, 4)[0]).toMatch(
      new RegExp(`^id: ${log.id}-5\nevent: message\ndata: {"topic":"a.b","at":\\d+,"payload":{"n":5}}\n\n$`),
    );
  });

  it("is the same after it was closed and opened again, and goes on with the next number", () => {
    using folder = temporaryFolder();
    const before = open(folder.path);
    for (const n of range(1, 5))
      before.append("a", JSON.stringify({ text: `\n "${n}" ☃`, list: [null, 1.5] }));
    const frames = framesAfter(before, 0);
    before[Symbol.dispose]();
    using after = open(folder.path);
    expect([after.id, after.first, after.last]).toEqual([before.id, 1, 5]);
    expect(framesAfter(after, 0)).toEqual(frames);
    expect(after.append("a", "6").number).toBe(6);
  });

  it("keeps so many messages, and says how many of those that were asked for are gone", () => {
    using folder = temporaryFolder();
    using log = open(folder.path, { keep: 10 });
    for (const n of range(1, 25)) log.append("a", String(n));
    expect([log.first, log.last]).toEqual([16, 25]);
    expect(log.after(3, 2)).toMatchObject({ missed: 12, entries: [{ number: 16 }, { number: 17 }] });
    expect(log.after(15, 1)).toMatchObject({ missed: 0, entries: [{ number: 16 }] });
    expect(log.after(25, 1)).toEqual({ missed: 0, entries: [] });
  });

  it("keeps so many bytes, and the newest message in any case", () => {
    using folder = temporaryFolder();
    using log = open(folder.path, { keepBytes: 10_000 });
    const payload = JSON.stringify("x".repeat(2_900));
    for (let n = 1; n <= 8; n += 1) log.append("a", payload);
    expect([log.first, log.last]).toEqual([6, 8]);
    log.append("a", JSON.stringify("x".repeat(20_000)));
    expect([log.first, log.last]).toEqual([9, 9]);
  });

  it("takes no more than twice that on the disk, and loses nothing that it must keep", () => {
    using folder = temporaryFolder();
    const payload = JSON.stringify("x".repeat(100));
    const before = open(folder.path, { keep: 10 });
    for (let n = 1; n <= 95; n += 1) before.append("a", payload);
    before[Symbol.dispose]();
    const lines = segmentsIn(folder.path).flatMap((name) =>
      readFileSync(join(folder.path, name), "utf8").trim().split("\n"),
    );
    expect(lines.length).toBeLessThanOrEqual(2 * (10 + 1));
    using after = open(folder.path, { keep: 10 });
    expect([after.first, after.last]).toEqual([86, 95]);
    expect(numbersAfter(after, 0)).toEqual(range(86, 95));
  });

  it("goes on counting when all that it kept is gone from the disk but the name of its newest file", () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "events-000000000000042.jsonl"), '{"log":"0123abcd","first":42}\n');
    using log = open(folder.path);
    expect([log.id, log.first, log.last]).toEqual(["0123abcd", 42, 41]);
    expect(log.after(40, 1)).toEqual({ missed: 1, entries: [] });
    expect(log.append("a", "1").number).toBe(42);
  });

  it.each(['{"number":6,"at":1,"to', '{"number":6,"at":1,"topic":"a","payload":6}'])(
    "takes off a last line that was still being written: %s",
    (torn) => {
      using folder = temporaryFolder();
      const before = open(folder.path);
      for (const n of range(1, 5)) before.append("a", String(n));
      before[Symbol.dispose]();
      const { size } = statSync(lastSegmentIn(folder.path));
      appendFileSync(lastSegmentIn(folder.path), torn);
      {
        using after = open(folder.path);
        expect(after.last).toBe(5);
        expect(statSync(lastSegmentIn(folder.path)).size).toBe(size);
        after.append("a", '"six"');
      }
      using again = open(folder.path);
      expect(framesAfter(again, 5)).toEqual([expect.stringContaining('"payload":"six"')]);
    },
  );

  it("begins a file again that had just been begun", () => {
    using folder = temporaryFolder();
    const before = open(folder.path);
    for (const n of range(1, 3)) before.append("a", String(n));
    before[Symbol.dispose]();
    writeFileSync(join(folder.path, "events-000000000000004.jsonl"), '{"log":');
    using after = open(folder.path);
    expect([after.id, after.last, after.append("a", "4").number]).toEqual([before.id, 3, 4]);
  });

  it.each([
    ["no JSON", "nonsense\n", /events-0+1\.jsonl:7 must be a message as JSON, got "nonsense"$/],
    ["no message", '{"number":"6"}\n', /:7 must be a message as JSON, got /],
    ["a number twice", '{"number":5,"at":1,"topic":"a","payload":1}\n', /:7: number must be 6, got 5$/],
    ["a number left out", '{"number":7,"at":1,"topic":"a","payload":1}\n', /:7: number must be 6, got 7$/],
  ])("refuses a file with %s, and says where", (_, line, message) => {
    using folder = temporaryFolder();
    const before = open(folder.path);
    for (const n of range(1, 5)) before.append("a", String(n));
    before[Symbol.dispose]();
    appendFileSync(lastSegmentIn(folder.path), line);
    expect(() => open(folder.path)).toThrow(LogError);
    expect(() => open(folder.path)).toThrow(message);
  });

  it("refuses a file of another log, and one that does not say whose it is", () => {
    using folder = temporaryFolder();
    open(folder.path)[Symbol.dispose]();
    writeFileSync(join(folder.path, "events-000000000000002.jsonl"), '{"log":"00000000","first":1}\n');
    expect(() => open(folder.path)).toThrow(/:1: log must be [0-9a-f]{8}, got 00000000$/);
    writeFileSync(join(folder.path, "events-000000000000002.jsonl"), "hello\n");
    expect(() => open(folder.path)).toThrow(/:1 must say whose log it is, got "hello"$/);
  });

  it("leaves alone what is not its own", () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "notes.txt"), "mine");
    mkdirSync(join(folder.path, "events"));
    open(folder.path)[Symbol.dispose]();
    expect(readdirSync(folder.path)).toEqual(expect.arrayContaining(["notes.txt", "events"]));
  });

  it("belongs to one process at a time, and to the next when that was killed", () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "pid"), `${process.ppid}\n`);
    expect(() => open(folder.path)).toThrow(`${folder.path} is in use by process ${process.ppid}`);
    expect(readFileSync(join(folder.path, "pid"), "utf8")).toBe(`${process.ppid}\n`);
    writeFileSync(join(folder.path, "pid"), `${2 ** 30}\n`); // No process has such a number.
    using log = open(folder.path);
    expect(log.last).toBe(0);
    expect(readFileSync(join(folder.path, "pid"), "utf8")).toBe(`${process.pid}\n`);
  });

  it("lets go of the folder when it cannot be opened", () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "events-000000000000001.jsonl"), "hello\n");
    expect(() => open(folder.path)).toThrow(LogError);
    expect(readdirSync(folder.path)).not.toContain("pid");
  });

  it("makes its folder, but not a whole path", () => {
    using folder = temporaryFolder();
    open(join(folder.path, "new"))[Symbol.dispose]();
    expect(() => open(join(folder.path, "no", "such"))).toThrow("ENOENT");
  });
});
