import { describe, expect, it } from "vitest";
import type { JobStore } from "../contract.ts";
import { createMemoryStore } from "../given/memory-store.ts";
import { methodsOf, openTestService } from "./testing.ts";

const key = (value: string) => ({ "Idempotency-Key": value });

describe("Idempotency-Key", { timeout: 120_000 }, () => {
  it("gives the same job to the same request, however often, and does it once", async () => {
    const greeted: string[] = [];
    await using at = await openTestService({ greet: async (name) => void greeted.push(name) });
    const all = await Promise.all(Array.from({ length: 20 }, () => at.greet("Ann", key("a"))));
    const ids = new Set(all.map(({ body }) => body.id));
    expect([ids.size, all.every(({ status }) => status === 202)]).toEqual([1, true]);
    const [id = ""] = ids;
    await at.reaches(id, "completed");
    expect(all.filter(({ headers }) => headers.get("idempotent-replayed") === null).length).toBe(1);
    const { requestId } = (await at.ask("GET", `/jobs/${id}`)).body;
    const late = await at.greet("Ann", { ...key("a"), "X-Request-Id": requestId }); // As from a client that retries.
    expect([late.status, late.body.id, late.headers.get("idempotent-replayed")]).toEqual([202, id, "true"]);
    expect(greeted).toEqual(["Ann"]);
  });

  it("tells one of two who come at the same moment that it is new, and the other that it is not", async () => {
    const store = createMemoryStore();
    let looks = 0;
    const both = Promise.withResolvers<void>();
    const meeting: JobStore = {
      ...methodsOf(store),
      async get(id) {
        looks += 1;
        if (looks > 2) return await store.get(id);
        if (looks === 2) both.resolve();
        await both.promise;
        return undefined; // Both have looked before one has stored it.
      },
    };
    await using at = await openTestService({ store: meeting, isWorking: false });
    const [one, other] = await Promise.all([at.greet("Ann", key("a")), at.greet("Ann", key("a"))]);
    expect(one.body.id).toBe(other.body.id);
    const told = [one, other].map(({ headers }) => headers.get("idempotent-replayed"));
    expect(told.toSorted()).toEqual([null, "true"]);
  });

  it("refuses another payload with the same key, and changes nothing", async () => {
    await using at = await openTestService({ isWorking: false });
    const { body } = await at.greet("Ann", key("a"));
    const other = await at.greet("Bob", key("a"));
    expect([other.status, other.body.type]).toEqual([422, "/problems/key-used-again"]);
    expect(other.body.errors[0]).toMatchObject({ field: "Idempotency-Key", got: '"a"' });
    expect((await at.ask("GET", `/jobs/${body.id}`)).body.payload).toEqual({ name: "Ann" });
  });

  it("takes a key with and without quotes for the same, and another key for another job", async () => {
    await using at = await openTestService({ isWorking: false });
    const ids = [key("a"), key('"a"'), key("b"), {}, {}].map(
      async (headers) => (await at.greet("Ann", headers)).body.id,
    );
    const [bare, quoted, ...others] = await Promise.all(ids);
    expect([bare === quoted, new Set([bare, ...others]).size]).toEqual([true, 4]);
  });

  it.each(["", '""', "ä", "x".repeat(256)])("refuses the key %j", async (value) => {
    await using at = await openTestService({ isWorking: false });
    const told = await at.greet("Ann", key(value));
    expect([told.status, told.body.errors[0].field]).toEqual([422, "Idempotency-Key"]);
  });

  it("is of use where an answer was lost: it is asked again, and there is one job", async () => {
    const store = createMemoryStore();
    let isLossy = true;
    const lossy: JobStore = {
      ...methodsOf(store),
      async insert(job) {
        await store.insert(job);
        if (isLossy) throw new Error("the answer was lost");
        return true;
      },
    };
    await using at = await openTestService({ store: lossy, isWorking: false });
    // Stored it is: the service looks before it says that it has failed.
    const first = await at.greet("Ann", key("a"));
    expect(first.status).toBe(202);
    isLossy = false;
    const second = await at.greet("Ann", key("a"));
    expect([second.status, second.body.id]).toEqual([202, first.body.id]);
    expect((await store.list({ state: "pending", limit: 10 })).length).toBe(1);
  });
});
