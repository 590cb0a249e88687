import diagnostics from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { rounds, startProcess } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import type { JobRecord } from "../contract.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { openFile } from "./testing/database.ts";
import { job } from "./testing/jobs.ts";
import { makeTemporaryFolder } from "./testing/temporary-folder.ts";

const ROUNDS = rounds(3, 100);

const start = (program: string, ...args: readonly string[]) =>
  startProcess(process.execPath, [join(import.meta.dirname, "testing", program), ...args]);

describe("processes on one file", () => {
  it(`loses nothing that was answered when two of them are killed at any moment, ${ROUNDS} times`, async () => {
    await using folder = await makeTemporaryFolder();
    const answered = new Map<string, number>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const writers = ["a", "b"].map((name) => writeUntilKilled(folder.file, `${name}${round}`));
      for (const [id, version] of (await Promise.all(writers)).flat()) answered.set(id, version);

      await using store = await openSqliteStore(folder.file);
      using file = openFile(folder.file);
      expect(file.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
      const stored = await Promise.all([...answered.keys()].map((id) => store.get(id)));
      expect(stored.filter((record) => !isAsAnswered(record, answered)).map((record) => record?.id)).toEqual(
        [],
      );
    }
    expect(answered.size).toBeGreaterThan(ROUNDS);
  });

  /** Kills it after so many answers as chance will have it: ten more calls are under way then. */
  async function writeUntilKilled(file: string, name: string): Promise<[string, number][]> {
    const answers = `${file}-${name}.txt`;
    await using writer = await start("busy-writer.ts", file, name, answers);
    const last = 1 + Math.floor(Math.random() * 300);
    await writer.line(new RegExp(`^${last} `));
    writer.kill("SIGKILL");
    expect(await writer.exit).toEqual({ code: null, signal: "SIGKILL" });
    expect(writer.stderr).toBe("");
    const lines = readFileSync(answers, "utf8").trimEnd().split("\n");
    return lines.map((line): [string, number] => [line.split(" ")[0] ?? "", Number(line.split(" ")[1])]);
  }

  /** What was under way may have been stored as well: then the version is greater by one. */
  function isAsAnswered(record: JobRecord | undefined, answered: ReadonlyMap<string, number>): boolean {
    if (record === undefined) return false;
    const more = record.version - (answered.get(record.id) ?? 0);
    const state = ["", "pending", "running", "completed"][record.version];
    return (more === 0 || more === 1) && record.state === state;
  }

  it("gives each job to one of three that claim them at the same time", async () => {
    await using folder = await makeTemporaryFolder();
    await using store = await openSqliteStore(folder.file);
    const all = Array.from({ length: 300 }, (_, n) => `${n}`);
    await Promise.all(all.map((id) => store.insert(job(id))));
    await using stack = new AsyncDisposableStack();
    const claimants = await Promise.all(
      ["first", "second", "third"].map((name) => start("claimant.ts", folder.file, name)),
    );
    for (const claimant of claimants) stack.use(claimant);
    for (const claimant of claimants) await claimant.line(/ready/);
    for (const claimant of claimants) claimant.endInput();

    for (const claimant of claimants) expect(await claimant.exit).toEqual({ code: 0, signal: null });
    const got = claimants.flatMap(({ stdout }) => stdout.match(/(?<=got )\d+/g) ?? []);
    expect(got.toSorted()).toEqual(all.toSorted());
    const running = await store.list({ state: "running", limit: 1_000 });
    expect(running.filter(({ version }) => version === 2)).toHaveLength(300);
  });

  it("can all make the same new file", async () => {
    await using folder = await makeTemporaryFolder();
    const opened = await Promise.all(Array.from({ length: 6 }, () => openSqliteStore(folder.file)));
    const answers = await Promise.all(opened.map((store) => store.insert(job("a"))));
    expect(answers.filter(Boolean)).toHaveLength(1);
    for (const store of opened) await store.close();
  });

  it("end by themselves though nobody closes the store, and write what was asked", async () => {
    await using folder = await makeTemporaryFolder();
    await using forgetful = await start("forgetful.ts", folder.file);
    expect(await forgetful.exit).toEqual({ code: 0, signal: null });
    await using store = await openSqliteStore(folder.file);
    expect(await store.get("a")).toEqual(job("a"));
  });
});

describe("a thread that dies", () => {
  it("rejects all who wait for it and all who come later, and the file can be opened again", async () => {
    await using folder = await makeTemporaryFolder();
    const { store, thread } = await openWithThread(folder.file);
    await store.insert(job("before"));
    using other = openFile(folder.file);
    other.exec("BEGIN IMMEDIATE"); // So that it cannot answer.
    const calls = [store.insert(job("a")), store.insert(job("b")), store.get("before")];
    const ended = Promise.allSettled(calls);
    await new Promise((resolve) => setImmediate(resolve)); // Now they have been sent.
    const terminated = thread.terminate();
    other.exec("COMMIT");
    await terminated;

    const died = { name: "StoreError", fault: "thread died", file: folder.file };
    expect(await ended).toMatchObject(calls.map(() => ({ status: "rejected", reason: died })));
    await expect(store.insert(job("c"))).rejects.toMatchObject({
      ...died,
      message: `Cannot insert job 'c' into ${folder.file}: the thread that has the file open must live, and has died; open the store again`,
    });
    await store.close();

    await using again = await openSqliteStore(folder.file);
    expect(await again.get("before")).toEqual(job("before"));
    expect(await again.insert(job("c"))).toBe(true);
  });

  /** Node tells of each thread that is started. */
  async function openWithThread(file: string) {
    let thread: Worker | undefined;
    const remember = (message: unknown) => {
      thread = (message as { readonly worker: Worker }).worker;
    };
    diagnostics.subscribe("worker_threads", remember);
    try {
      const store = await openSqliteStore(file, { busyTimeoutMs: 60_000 });
      if (thread === undefined) throw new Error("Node told of no thread");
      return { store, thread };
    } finally {
      diagnostics.unsubscribe("worker_threads", remember);
    }
  }
});
