import { readRun } from "@pattern-labs/picture";
import { describe, expect, it } from "vitest";
import type { Lab } from "../../contract.ts";
// What is tested here is the service, on an answer that is right.
import * as reference from "../../solution/index.ts";
import { deaf } from "./deaf.ts";
import { answerRate, ask, FOREVER_MS, openService, until } from "./testing.ts";

const silent = () => {};
const NOTHING = { files: 0, drafts: 0 };

/** With the challenges that the service makes use of, and with the core alone. */
const answers: readonly (readonly [string, Lab])[] = [
  ["the reference", reference],
  ["an answer without challenges", { ...reference, attempted: [] }],
];

describe.each(answers)("StatementService on %s", (_, lab) => {
  it("answers, and puts away what it needed", async () => {
    await using at = await openService(lab, {});
    const { status, body } = await ask(at.url, 2, { "x-request-id": "mine" }).answered;
    expect(status).toBe(200);
    expect(body).toMatchObject({ requestId: "mine", customer: 2, rate: 1.1, bookings: 7_399 });
    await until(() => at.alive.requests.now === 0);
    expect(at.alive.left()).toEqual([]);
    if (at.system() !== undefined) expect(at.system()).toMatchObject(NOTHING);
    expect(at.ends.counts.answered).toBe(1);
  });

  it("passes the id of the request on: to the next service, and into every line of the log", async () => {
    await using at = await openService(lab, {
      shop: (_, response) => void response.writeHead(500).end(),
      deadlineMs: 100_000,
    });
    const { status, body } = await ask(at.url, 1, { "x-request-id": "mine" }).answered;
    expect([status, body.rate]).toEqual([200, null]); // That the shops failed hurts nobody else.
    await until(() => at.alive.requests.now === 0);
    expect(at.lines.length).toBe(2);
    expect(at.lines.map((line) => JSON.parse(line).requestId)).toEqual(["mine", "mine"]);
    const [call] = at.seen.calls;
    expect(call?.headers["x-request-id"]).toBe("mine");
    expect(Number(call?.headers["x-time-left-ms"])).toBeGreaterThan(0);
    expect(Number(call?.headers["x-time-left-ms"])).toBeLessThanOrEqual(100_000);
  });

  it("ends call, file and process of a client that leaves, and nothing of the others", async () => {
    await using at = await openService(lab, { shop: silent, pieceMs: FOREVER_MS });
    const [leaver] = [ask(at.url, 1), ask(at.url, 2)];
    const { calls, files, processes } = at.alive;
    const perRequest = lab.attempted?.includes("hedging") ? 1 : 2; // Without hedging both shops are asked.
    await until(() => calls.now === 2 * perRequest && files.now === 4 && processes.now === 2);
    await until(() => at.seen.calls.length === 2 * perRequest);

    leaver?.leave();

    await until(() => at.alive.requests.now === 1 && at.seen.hungUp === perRequest);
    expect([calls.now, files.now, processes.now]).toEqual([perRequest, 2, 1]);
    expect(at.alive.forNobody).toMatchObject({ now: 0, most: 1 });
    if (at.system() !== undefined) expect(at.system()).toEqual({ files: 2, drafts: 1, processes: 1 });
    expect(at.ends).toMatchObject({ counts: { "client left": 1 }, changedReasons: 0 });
  });

  it("answers 504 at the deadline, which is no client that left", async () => {
    await using at = await openService(lab, { pieceMs: FOREVER_MS, deadlineMs: 30 });
    const { status, body } = await ask(at.url, 1).answered;
    expect([status, body.problem]).toEqual([504, "It took longer than 30 ms"]);
    await until(() => at.alive.requests.now === 0);
    expect(at.ends).toMatchObject({ counts: { deadline: 1, "client left": 0 }, changedReasons: 0 });
    expect(at.alive.left()).toEqual([]);
  });

  it("answers 503 to all at a shutdown, and waits until everything is put away", async () => {
    await using at = await openService(lab, { shop: silent, pieceMs: FOREVER_MS });
    const clients = [ask(at.url, 1), ask(at.url, 2), ask(at.url, 3)];
    await until(() => at.alive.processes.now === 3);

    await at.service.close();

    const statuses = await Promise.all(clients.map(async ({ answered }) => (await answered).status));
    expect(statuses).toEqual([503, 503, 503]);
    expect(at.alive.left()).toEqual([]);
    if (at.system() !== undefined) expect(at.system()).toMatchObject(NOTHING);
    expect(at.ends).toMatchObject({ counts: { shutdown: 3 }, changedReasons: 0 });
    expect(readRun(at.picture.recorder).findings).toEqual([]);
  });

  it("fails alone when the program that it needs is not there, and leaves nothing", async () => {
    await using at = await openService(lab, { shop: silent, pieceMs: FOREVER_MS });
    const path = process.env["PATH"];
    process.env["PATH"] = "";
    try {
      expect((await ask(at.url, 1).answered).status).toBe(500);
    } finally {
      process.env["PATH"] = path;
    }
    expect(at.faults).toMatchObject([{ code: "ENOENT" }]);
    await until(() => at.alive.requests.now === 0);
    expect(at.alive.left()).toEqual([]);
  });
});

describe("StatementService", () => {
  it("asks the second shop when the first is silent", async () => {
    let calls = 0;
    await using at = await openService(reference, {
      hedgeMs: 0,
      shop: (call, response) => {
        calls += 1;
        if (calls > 1) answerRate(call, response);
      },
    });
    expect((await ask(at.url, 1).answered).body.rate).toBe(1.1);
    expect(at.shops.counts).toEqual({ asked: 1, calls: 2, second: 1 });
    await until(() => at.seen.hungUp === 1);
    expect(at.alive.calls.now).toBe(0);
  });

  it("opens and starts nothing for a request that was cancelled before its turn came", async () => {
    await using at = await openService(reference, {});
    await using scope = reference.openScope();
    await expect(at.ledger.pack(1, scope, AbortSignal.abort("late"))).rejects.toBe("late");
    const client = new AbortController();
    const packing = at.ledger.pack(1, scope, client.signal);
    client.abort("gone"); // While the first file is being opened.
    await expect(packing).rejects.toBe("gone");
    expect([at.alive.files.most, at.alive.processes.most]).toEqual([1, 0]);
  });

  it("goes on for nobody if its scopes hear nothing", async () => {
    const answer = Promise.withResolvers<void>();
    await using at = await openService(deaf(reference), {
      shop: (call, response) => void answer.promise.then(() => answerRate(call, response)),
    });
    const leaver = ask(at.url, 1);
    await until(() => at.seen.calls.length > 0);
    leaver.leave();
    await until(() => at.alive.forNobody.now === 1);
    answer.resolve();
    await until(() => at.alive.requests.now === 0);
    expect(at.ends.counts).toMatchObject({ "for nobody": 1, "client left": 0 });
  });

  it.each([
    ["/", 404],
    ["/statements/0", 404],
  ])("knows no %s", async (path, status) => {
    await using at = await openService(reference, {});
    expect((await fetch(new URL(path, at.url))).status).toBe(status);
  });
});
