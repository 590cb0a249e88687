import { UsageError } from "@pattern-labs/demo";
import { describe, expect, it } from "vitest";
import { readSettings } from "./settings.ts";

const SERVICES = "a=http://127.0.0.1:1/";
const read = (args: string, env: Record<string, string> = { FANOUT_SERVICES: SERVICES }) =>
  readSettings(args.split(" ").filter(Boolean), env);

describe("readSettings", () => {
  it("has defaults", () => {
    expect(read("")).toMatchObject({ port: 8_080, calls: 100, wait: 200, timeout: 1_000, bulkhead: 8 });
  });

  it("takes the environment, and the command line before that", () => {
    const env = { FANOUT_SERVICES: SERVICES, FANOUT_PORT: "81", FANOUT_CALL_TIMEOUT: "7", PORT: "82" };
    expect(read("--port 80", env)).toMatchObject({ port: 80, "call-timeout": 7 });
  });

  it("reads services, with their instances", () => {
    const { services } = read("--services a=http://h:1/x?y=1,b=https://h/,a=http://h:2", {});
    expect([...services].map(([name, urls]) => [name, urls.map(String)])).toEqual([
      ["a", ["http://h:1/x?y=1", "http://h:2/"]],
      ["b", ["https://h/"]],
    ]);
  });

  it("reads challenges", () => {
    expect(read("--with breaker,cache").with).toEqual(["breaker", "cache"]);
    expect(read("--with none").with).toEqual([]);
  });

  it.each([
    [
      "",
      {},
      "--services must be services such as users=http://127.0.0.1:4001/, with commas between them, got nothing",
    ],
    [
      "--services a",
      {},
      '--services must be services such as users=http://127.0.0.1:4001/, with commas between them, got "a"',
    ],
    ["--services a=ftp://h/", {}, "--services must be services"],
    ["--services a=http://me:secret@h/", {}, "--services must have no user and no password"],
    ["--services a=http://:secret@h/", {}, "--services must have no user and no password"],
    ["--services a=http://h/,", {}, "--services must be services"],
    ["--with breakers", undefined, "--with must be none, or some of breaker, coalescing"],
    ["--port 65536", undefined, '--port must be a whole number from 0 to 65535, got "65536"'],
    [
      "",
      { FANOUT_SERVICES: SERVICES, FANOUT_PORT: "http" },
      'FANOUT_PORT must be a whole number from 0 to 65535, got "http"',
    ],
    ["--calls 0", undefined, '--calls must be a whole number from 1 to 100000, got "0"'],
    ["--redis localhost", undefined, "--redis must be an address such as redis://127.0.0.1:6379"],
    ["--redis-away open", undefined, "--redis-away has no effect without --redis"],
    ["--jobs=7", undefined, "unknown option --jobs"],
  ])("refuses %s %o", (args, env, message) => {
    expect(() => read(args, env)).toThrow(UsageError);
    expect(() => read(args, env)).toThrow(message);
  });
});
