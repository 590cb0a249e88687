import { describeService, startService } from "@pattern-labs/testkit/service";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { RedisQuota, type RedisQuotaOptions } from "./redis-quota.ts";

const FAR_MS = 60_000;

/** Resolves when the quota has reached Redis. */
async function open(options: Partial<RedisQuotaOptions> & { readonly url: string }): Promise<RedisQuota> {
  const quota = new RedisQuota({
    ...{ quota: 3, windowSeconds: 3_000, timeoutMs: FAR_MS },
    whenAway: "closed",
    ...options,
  });
  await reached(quota);
  return quota;
}

/** Asks for keys of its own until one is let through. */
async function reached(quota: RedisQuota): Promise<void> {
  for (let n = 0; !(await quota.take(`probe ${n}`)).allowed; n += 1)
    await new Promise((turn) => setTimeout(turn, 10));
}

// Nothing is awaited for a time: the limit only ends a hang.
describeService("redis", "RedisQuota", () => {
  it("gives each key its quota, then refuses it, and says when to come back", {
    timeout: 120_000,
  }, async () => {
    await using redis = await startService("redis");
    await using quota = await open({ url: redis.url });
    const told = [];
    for (let n = 0; n < 4; n += 1) told.push(await quota.take("ann"));
    expect(told.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    expect(told[0]?.headers).toEqual({
      "RateLimit-Policy": '"default";q=3;w=3000',
      RateLimit: '"default";r=2;t=1000',
    });
    expect(told[3]?.headers.RateLimit).toMatch(/^"default";r=0;t=(2\d\d\d|3000)$/);
    const comeBack = Number(told[3]?.headers["Retry-After"]);
    expect([comeBack > 800, comeBack <= 1_000]).toEqual([true, true]);
    expect((await quota.take("bob")).allowed).toBe(true);
  });

  it("is exact among instances that ask at the same time", { timeout: 120_000 }, async () => {
    await using redis = await startService("redis");
    const options = { url: redis.url, quota: 100, windowSeconds: 80_000 };
    await using one = await open(options);
    await using other = await open(options);
    const all = Array.from({ length: 500 }, (_, n) => (n % 2 === 0 ? one : other).take("ann"));
    const allowed = (await Promise.all(all)).filter((decision) => decision.allowed);
    expect(allowed.length).toBe(100);
  });

  it("gives the quota back, one by one, and forgets who has all of it", { timeout: 120_000 }, async () => {
    await using redis = await startService("redis");
    await using quota = await open({ url: redis.url, quota: 2, windowSeconds: 2, prefix: "q:" });
    const client = new Redis(redis.url);
    const takeAll = async () => {
      while ((await quota.take("ann")).allowed);
    };
    await takeAll();
    let tries = 0;
    while (!(await quota.take("ann")).allowed) tries += 1; // Until one is back.
    expect(tries).toBeGreaterThan(0);
    while ((await client.exists("q:ann")) === 1) await new Promise((turn) => setTimeout(turn, 5));
    expect((await quota.take("ann")).headers.RateLimit).toMatch(/r=1/);
    client.disconnect();
  });

  it.each(["open", "closed"] as const)(
    "fails %s when Redis is away, and counts again when it is back",
    async (whenAway) => {
      await using redis = await startService("redis");
      const faults: unknown[] = [];
      await using quota = await open({
        url: redis.url,
        quota: 1,
        whenAway,
        timeoutMs: 2_000,
        onFault: (error) => faults.push(error),
      });
      await quota.take("ann");
      await redis.kill();
      const { allowed, headers } = await quota.take("ann");
      expect([allowed, headers["Retry-After"]]).toEqual(
        whenAway === "open" ? [true, undefined] : [false, "1"],
      );
      expect(faults.length).toBeGreaterThan(0);
      await redis.restart();
      // What was acknowledged is on the disk: her quota is still used up.
      let refused = await quota.take("ann");
      while (Number(refused.headers["Retry-After"] ?? 0) <= 1) {
        await new Promise((turn) => setTimeout(turn, 10));
        refused = await quota.take("ann");
      }
      expect(refused.allowed).toBe(false);
    },
    120_000,
  );
});

describe("RedisQuota without a server", () => {
  it("refuses numbers out of their range, and names them", () => {
    const options = {
      url: "redis://127.0.0.1:1",
      quota: 1,
      windowSeconds: 1,
      timeoutMs: 1,
      whenAway: "open",
    } as const;
    expect(() => new RedisQuota({ ...options, quota: 0 })).toThrow(
      "quota must be a whole number from 1, got 0",
    );
    expect(() => new RedisQuota({ ...options, timeoutMs: 0 })).toThrow("timeoutMs must be from 1 to");
  });
});
