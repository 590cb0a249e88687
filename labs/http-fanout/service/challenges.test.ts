import { UsageError } from "@pattern-labs/demo";
import { describe, expect, it } from "vitest";
import type { Lab } from "../contract.ts";
import { challengesOf } from "./challenges.ts";
import { readSettings } from "./settings.ts";
import { openTestService, until } from "./testing.ts";

const settingsOf = (args: string) =>
  readSettings(["--services", "a=http://127.0.0.1:1/", ...args.split(" ").filter(Boolean)], {});
const attempted = (...challenges: NonNullable<Lab["attempted"]>) =>
  ({ attempted: challenges }) as unknown as Lab;

describe("challengesOf", () => {
  it("takes all that the answer has attempted, or those that are asked for", () => {
    const lab = attempted("breaker", "cache");
    expect([...challengesOf(lab, settingsOf(""))]).toEqual(["breaker", "cache"]);
    expect([...challengesOf(lab, settingsOf("--with cache"))]).toEqual(["cache"]);
    expect([...challengesOf(lab, settingsOf("--with none"))]).toEqual([]);
    expect([...challengesOf({} as Lab, settingsOf(""))]).toEqual([]);
  });

  it("refuses one that the answer has not attempted", () => {
    const ask = () => challengesOf(attempted("cache"), settingsOf("--with cache,breaker"));
    expect(ask).toThrow(UsageError);
    expect(ask).toThrow('--with must name challenges that the answer has attempted (cache), got "breaker"');
  });
});

describe("the service with challenges", { timeout: 120_000 }, () => {
  it("leaves a service alone that fails again and again", async () => {
    await using at = await openTestService("--with breaker --failures 3 --cool-down 1000000");
    for (const each of at.downstreams.slice(0, 1)) each.behave = () => "failing";
    for (let n = 0; n < 6; n += 1) expect((await at.get("/ask?services=a,b")).status).toBe(200);
    expect(at.downstreams.map(({ asked }) => asked)).toEqual([3, 6, 0]);
  });

  it("keeps permits for the others with a bulkhead, where a service has stalled", async () => {
    await using at = await openTestService("--with breaker --bulkhead 2 --calls 3");
    for (const each of at.downstreams.slice(0, 1)) each.behave = () => "stalled";
    const leaves = new AbortController();
    const stuck = [1, 2].map(() => at.get("/ask?services=a", leaves).catch(() => {}));
    await until(() => at.downstreams[0]?.underWay === 2);
    const { status, body } = await at.get("/ask?services=a,b");
    expect([status, body.warnings]).toEqual([200, [{ service: "a", reason: "failed" }]]);
    leaves.abort();
    await Promise.all(stuck);
  });

  it("bounds the permits that stalled services hold, also where many wait for one shared call", async () => {
    const all = "--with breaker,coalescing,cache,budget,hedging,balancing";
    await using at = await openTestService(`${all} --bulkhead 2 --hedge-after 1000000`);
    for (const each of at.downstreams.slice(0, 2)) each.behave = () => "stalled";
    const { permits } = at.service.metrics;
    const leaves = new AbortController();
    let answered = 0;
    const many = Array.from({ length: 20 }, async () => {
      await at.get("/ask?services=a,b", leaves);
      answered += 1;
    });
    await until(() => answered + permits.now / 2 === 20); // Each is answered, or holds two permits.
    expect([answered, permits.now]).toEqual([18, 4]);
    expect(at.downstreams.map(({ asked }) => asked)).toEqual([1, 1, 0]);
    const { body } = await at.get("/ask?services=a,b,c");
    expect([Object.keys(body.data), permits.now]).toEqual([["c"], 4]);
    leaves.abort();
    await Promise.allSettled(many);
  });

  it("asks once for all who ask at the same time", async () => {
    await using at = await openTestService("--with coalescing");
    for (const each of at.downstreams) each.behave = () => "slow";
    let answers = 3;
    while (answers === 3) {
      const all = await Promise.all([1, 2, 3].map(() => at.get("/ask?services=a"))); // They may come apart.
      answers = new Set(all.map(({ body }) => body.data.a.nonce)).size;
    }
    expect(answers).toBeLessThan(3);
  });

  it("gives a value again, and in place of a failure", async () => {
    await using at = await openTestService("--with cache --cache-ttl 1000000");
    const [first, second] = [await at.get("/ask?services=a"), await at.get("/ask?services=a")];
    expect([first.body, at.downstreams[0]?.asked]).toEqual([second.body, 1]);
  });

  it("asks another instance when one fails, and balances between them", async () => {
    await using at = await openTestService("--with budget,balancing", { services: 1, replicas: 2 });
    for (let n = 0; n < 20; n += 1) expect((await at.get("/ask?services=a")).status).toBe(200);
    expect(at.downstreams.map(({ asked }) => asked)).toEqual([10, 10]);
    for (const each of at.downstreams.slice(0, 1)) each.behave = () => "reset";
    for (let n = 0; n < 2; n += 1) expect((await at.get("/ask?services=a")).status).toBe(200);
  });

  it("takes the instances in turn where nobody balances", async () => {
    await using at = await openTestService("", { services: 1, replicas: 2 });
    for (let n = 0; n < 4; n += 1) await at.get("/ask?services=a");
    expect(at.downstreams.map(({ asked }) => asked)).toEqual([2, 2]);
  });

  it("asks a second time when an answer is slow to come", async () => {
    // So long that hardly any answer is late, however busy the machine is.
    await using at = await openTestService("--with hedging --hedge-after 400");
    // Ten calls earn one hedge, unless one of them was slow itself, and has spent it.
    for (let inARow = 0; inARow < 20; inARow += 1) {
      const asked = Number(at.downstreams[1]?.asked);
      await at.get("/ask?services=b");
      if (at.downstreams[1]?.asked !== asked + 1) inARow = 0;
    }
    let n = 0;
    for (const each of at.downstreams.slice(0, 1)) each.behave = () => (n++ === 0 ? "stalled" : "well");
    expect((await at.get("/ask?services=a")).status).toBe(200);
    expect(at.downstreams[0]?.asked).toBe(2);
    await until(() => at.downstreams[0]?.underWay === 0);
  });

  it("refuses whoever has used up the quota of its key, and says when to come back", async () => {
    await using at = await openTestService("--with rate --quota 2 --window 80000");
    const ask = (key: string) => at.get("/ask?services=a", { headers: { "X-Api-Key": key } });
    expect([(await ask("ann")).status, (await ask("ann")).status]).toEqual([200, 200]);
    const { status, headers, body } = await ask("ann");
    expect([status, body.type]).toEqual([429, "/problems/quota-used"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(30_000);
    expect(headers.get("ratelimit-policy")).toBe('"default";q=2;w=80000');
    expect(headers.get("ratelimit")).toMatch(/^"default";r=0;t=\d+$/);
    const other = await ask("bob");
    expect([other.status, other.headers.get("ratelimit")]).toEqual([200, '"default";r=1;t=40000']);
    expect(at.served.length).toBe(3);
  });
});
