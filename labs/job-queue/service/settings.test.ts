import { UsageError } from "@pattern-labs/demo";
import { describe, expect, it } from "vitest";
import { readSettings } from "./settings.ts";

const read = (args: string, env: Record<string, string> = {}) =>
  readSettings(args.split(" ").filter(Boolean), env);

describe("readSettings", () => {
  it("has defaults", () => {
    expect(read("")).toMatchObject({ port: 8_080, host: "127.0.0.1", concurrency: 10, lease: 30_000 });
  });

  it("takes the environment, and the command line before that", () => {
    const env = { JOBS_PORT: "81", JOBS_CRASH_RETRIES: "7", PORT: "82" };
    expect(read("--port 80", env)).toMatchObject({ port: 80, "crash-retries": 7 });
  });

  it("reads origins", () => {
    const { webhooks } = read("--webhooks https://a.example,http://b.example:81");
    expect(webhooks).toEqual(["https://a.example", "http://b.example:81"]);
  });

  it.each([
    ["--port 65536", {}, '--port must be a whole number from 0 to 65535, got "65536"'],
    ["", { JOBS_PORT: "http" }, 'JOBS_PORT must be a whole number from 0 to 65535, got "http"'],
    ["", { JOBS_CRASH_RETRIES: "-1" }, 'JOBS_CRASH_RETRIES must be a whole number from 0 to 1000, got "-1"'],
    ["--webhooks https://a.example/x", {}, "--webhooks must be origins such as https://example.org"],
    ["--lease 99", {}, '--lease must be a whole number from 100 to 2147483647, got "99"'],
    ["--store mysql://ann:secret@db/x", {}, 'redis://… or postgres://…, got "mysql://ann:…@db/x"'],
    ["--store redis://:secret@db:port", {}, 'rediss:, postgres: or postgresql:, got "redis://:…@db:port"'],
    ["", { JOBS_STORE: "redis:///1" }, 'JOBS_STORE must name a host, got "redis:///1"'],
    ["--store redis://db/jobs", {}, 'behind the host but the number of a database, got "redis://db/jobs"'],
    ["--jobs=7", {}, "unknown option --jobs"],
  ])("refuses %s %o", (args, env, message) => {
    expect(() => read(args, env)).toThrow(UsageError);
    expect(() => read(args, env)).toThrow(message);
  });
});
