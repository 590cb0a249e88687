import { describe, expect, it } from "vitest";
import { openSqliteStore } from "./sqlite-store.ts";
import { openFile } from "./testing/database.ts";
import { errorOf } from "./testing/error-of.ts";
import { ids, job, next } from "./testing/jobs.ts";
import { makeTemporaryFolder } from "./testing/temporary-folder.ts";

const QUERY = { now: 0, limit: 2, types: ["mail"] };

describe("a job that is damaged", () => {
  it.each([
    ["payload", "payload = '{'", /: payload must be JSON: Expected property name .*/],
    ["result", "result = 'x'", /: result must be JSON: Unexpected token/],
    ["state", "state = 'odd'", /: state is not as it must be: Invalid option: .*, got 'odd'$/],
    ["attempts", "attempts = -3", /: attempts is not as it must be: .*, got -3$/],
    ["priority", "priority = 9e999", /: priority is not as it must be: .*, got Infinity$/],
    ["progress", "progress = '{'", /: progress must be JSON: Expected property name .*/],
    ["children", "children = '['", /: children must be JSON: Unexpected end/],
    ["children", "children = 'null'", /: children is not as it must be: .*expected array.*, got 'null'$/],
    ["children", "children = '[7]'", /: children is not as it must be: .*expected string.*, got '\[7\]'$/],
    ["dueAt", "dueAt = 9e999", /: dueAt is not as it must be: .*, got Infinity$/],
  ])("in its %s is refused by its id and field", async (_, damage, pattern) => {
    await using folder = await makeTemporaryFolder();
    await using store = await openSqliteStore(folder.file);
    await store.insert(job("a"));
    using other = openFile(folder.file);
    other.exec(`UPDATE jobs SET ${damage}`);
    const { fault, message } = await errorOf(store.get("a"));
    expect(fault).toBe("damaged job");
    expect(message).toMatch(pattern);
    expect(message).toContain(`Cannot read job 'a' from ${folder.file}: `);
  });

  it("holds up nobody if somebody is told of it; otherwise all who meet it are refused", async () => {
    await using folder = await makeTemporaryFolder();
    const told: string[] = [];
    await using silent = await openSqliteStore(folder.file);
    await using telling = await openSqliteStore(folder.file, {
      onDamaged: (error) => told.push(error.message),
    });
    for (const id of ["a", "b", "c", "d", "e"]) await silent.insert(job(id));
    using other = openFile(folder.file);
    other.exec("UPDATE jobs SET payload = '{' WHERE id IN ('a', 'b')");

    for (const call of [silent.claimable(QUERY), silent.list({ state: "pending", limit: 2 })]) {
      expect(await errorOf(call)).toMatchObject({ fault: "damaged job" });
    }
    expect(ids(await telling.claimable(QUERY))).toBe("");
    expect(told).toHaveLength(2);
    expect(told[1]).toContain(`Cannot read job 'b' from ${folder.file}: payload must be JSON`);
    expect(ids(await telling.claimable(QUERY))).toBe("c,d");
    expect(ids(await telling.list({ state: "pending", limit: 2 }))).toBe("c,d");
  });
});

describe("a job that cannot be stored as it is", () => {
  it.each([
    ["payload.at must be JSON, which comes back as it is, got a Date", { payload: { at: new Date(0) } }],
    ["result must be JSON, which comes back as it is, got NaN", { result: Number.NaN }],
    ["progress.at must be JSON, which comes back as it is, got a Date", { progress: { at: new Date(0) } }],
    [
      "priority is not as it must be: Invalid input: expected number, received NaN, got NaN",
      { priority: NaN },
    ],
    ["type must be well-formed Unicode, got '\\ud800'", { type: "\ud800" }],
    ["crashes is not as it must be: Invalid input: expected int, received number, got 0.5", { crashes: 0.5 }],
  ])("is refused before anything is stored: %s", async (rule, fields) => {
    await using folder = await makeTemporaryFolder();
    await using store = await openSqliteStore(folder.file);
    const inserted = await errorOf(store.insert(job("a", fields)));
    expect(inserted.fault).toBe("not storable");
    expect(inserted.message).toBe(`Cannot insert job 'a' into ${folder.file}: ${rule}`);
    expect(await store.get("a")).toBeUndefined();
    await store.insert(job("a"));
    expect(await errorOf(store.swap(next(job("a"), fields)))).toMatchObject({ fault: "not storable" });
    expect(await store.get("a")).toEqual(job("a"));
  });

  it("keeps an error's text, whatever is in it, for only people read it", async () => {
    await using folder = await makeTemporaryFolder();
    await using store = await openSqliteStore(folder.file);
    await store.insert(job("a", { state: "dead", error: "half \ud800 a pair" }));
    expect((await store.get("a"))?.error).toBe("half \ufffd a pair");
  });
});
