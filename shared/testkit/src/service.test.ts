import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { startProcess } from "./process.ts";
import { findProgram } from "./service/find-program.ts";
import { type Program, programs } from "./service/programs.ts";
import { describeService, serviceAddress, startService } from "./service.ts";

const portOf = (url: string) => Number(new URL(url).port);

/** What a Redis answers to one command, in its own protocol. */
async function ask(url: string, command: string): Promise<string> {
  const socket = connect(portOf(url), "127.0.0.1").end(`${command}\r\nQUIT\r\n`);
  return await text(socket);
}

describeService("redis", "startService, redis", () => {
  it("keeps what it acknowledged when it is killed and started again, at the same address", async () => {
    await using redis = await startService("redis");
    const { url } = redis;
    expect(await ask(url, "SET name Ada")).toContain("+OK");
    await redis.kill();
    await expect(ask(url, "GET name")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await redis.restart();
    expect(redis.url).toBe(url);
    expect(await ask(url, "GET name")).toContain("Ada");
  });

  it("is a server of its own each time, and leaves nothing behind", async () => {
    let folder = "";
    {
      await using one = await startService("redis");
      await using other = await startService("redis");
      expect(one.url).not.toBe(other.url);
      await ask(one.url, "SET name Ada");
      expect(await ask(other.url, "GET name")).toContain("$-1");
      folder = /dir\r\n\$\d+\r\n(.*)\r\n/.exec(await ask(one.url, "CONFIG GET dir"))?.[1] ?? "";
      expect(existsSync(folder)).toBe(true);
    }
    expect(existsSync(folder)).toBe(false);
  });

  it("is not started twice", async () => {
    await using redis = await startService("redis");
    await expect(redis.restart()).rejects.toThrow("Cannot start redis-server: it is running");
  });
});

describeService("nats", "startService, nats", () => {
  it("has JetStream", async () => {
    await using nats = await startService("nats");
    const socket = connect(portOf(nats.url), "127.0.0.1");
    const [hello] = (await socket.setEncoding("utf8").take(1).toArray()) as string[];
    expect(hello).toMatch(/^INFO \{.*"jetstream":true/);
  });
});

describeService("postgres", "startService, postgres", () => {
  it("can be spoken to", async () => {
    await using postgres = await startService("postgres");
    const socket = connect(portOf(postgres.url), "127.0.0.1");
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])); // May I have TLS?
    const [answer] = (await socket.take(1).toArray()) as Buffer[];
    expect(answer?.toString()).toBe("N");
  });
});

describe("serviceAddress", () => {
  it("is the one that is given", async () => {
    const before = process.env["NATS_URL"];
    process.env["NATS_URL"] = "nats://127.0.0.1:1";
    try {
      await using nats = await serviceAddress("nats");
      expect(nats.url).toBe("nats://127.0.0.1:1");
    } finally {
      if (before === undefined) delete process.env["NATS_URL"];
      else process.env["NATS_URL"] = before;
    }
  });
});

describe("findProgram", () => {
  const unknown: Program = { ...programs.redis, command: "no-such-server", install: "take a walk" };

  it("says what to type when it is missing", () => {
    expect(findProgram(unknown)).toEqual({
      missing: "no-such-server 6.2 or newer is needed, not found. To install it: take a walk",
    });
  });

  it("says what it found when that is too old", () => {
    const node: Program = { ...unknown, command: "node", atLeast: [999, 1] };
    expect(findProgram(node).missing).toMatch(/^node 999\.1 or newer is needed, found only \d+\.\d+/);
  });
});

describe("describeService, where the program is missing", () => {
  const run = async (required: string | undefined) => {
    const args = ["run", "--root", join(import.meta.dirname, "../fixtures/services")];
    const vitest = join(import.meta.dirname, "../node_modules/vitest/vitest.mjs");
    await using tests = await startProcess(process.execPath, [vitest, ...args], {
      env: { REQUIRE_SERVICES: required },
    });
    const { code } = await tests.exit;
    return { code, printed: tests.stdout + tests.stderr };
  };

  it("skips the suite, and says loudly what to type", async () => {
    const { code, printed } = await run(undefined);
    expect(code).toBe(0);
    expect(printed).toContain(
      "SKIPPED: what needs Redis. no-such-server 6.2 or newer is needed, not found. To install it: npm run services",
    );
    expect(printed).toContain("1 skipped");
  });

  it("fails with REQUIRE_SERVICES=1", async () => {
    const { code, printed } = await run("1");
    expect(code).toBe(1);
    expect(printed).toContain("no-such-server 6.2 or newer is needed, not found.");
    expect(printed).toContain("1 failed");
  });
});
