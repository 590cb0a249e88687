import { describeService, startService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { enqueue, take } from "./jobs.ts";

describeService("redis", "the queue on Redis", () => {
  it("loses nothing when its server is killed", async () => {
    await using redis = await startService("redis");
    await enqueue(redis.url, "a job");
    await redis.kill();
    await redis.restart();
    expect(await take(redis.url)).toBe("a job");
  });
});
