import { describeService, startService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { openTestService, until } from "./testing.ts";

describeService("redis", "quotas that two instances of the service share", () => {
  it("count for both, and outlive neither of them", { timeout: 120_000 }, async () => {
    await using redis = await startService("redis");
    const args = `--with rate --quota 2 --window 80000 --redis ${redis.url} --redis-away closed --redis-timeout 60000`;
    await using one = await openTestService(args);
    await using other = await openTestService(args);
    const ask = (at: typeof one, key: string) => at.get("/ask?services=a", { headers: { "X-Api-Key": key } });
    // Until both have reached Redis, they refuse everybody.
    for (const [n, at] of [one, other].entries())
      await until(async () => (await ask(at, `probe ${n}`)).status === 200);
    const statuses = [
      await ask(one, "ann"),
      await ask(other, "ann"),
      await ask(one, "ann"),
      await ask(other, "ann"),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
    expect(statuses[3]?.headers.get("ratelimit")).toMatch(/^"default";r=0;t=\d{5}$/);
    await redis.kill();
    expect((await ask(one, "bob")).status).toBe(429);
    expect(one.lines.some(({ msg }) => msg === "quota on redis")).toBe(true);
  });
});
