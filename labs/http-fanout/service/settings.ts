import { commandLine, type Given, oneOf, option, text, wholeNumber } from "@pattern-labs/demo";
import * as service from "@pattern-labs/demo/service";
import { z } from "zod";
import type { Challenge } from "../contract.ts";

const ms = (least: number) => wholeNumber(least, 2_147_483_647);
const LIMIT = 100_000;

const SERVICES = "must be services such as users=http://127.0.0.1:4001/, with commas between them";

/** A secret on a command line is everybody's to read. */
const NO_CREDENTIALS = "must have no user and no password in their addresses";

/** By name, the addresses of its instances. */
export type Addresses = ReadonlyMap<string, readonly URL[]>;

const services = z.string({ error: SERVICES }).transform((given, context): Addresses => {
  const addresses = new Map<string, URL[]>();
  for (const part of given.split(",")) {
    const [, name = "", where = ""] = /^\s*([\w.-]{1,64})=(\S+)\s*$/.exec(part) ?? [];
    const url = URL.parse(where);
    const complaint = complaintOf(name, url);
    if (url === null || complaint !== undefined) {
      context.addIssue({ code: "custom", message: complaint ?? SERVICES });
      return z.NEVER;
    }
    addresses.set(name, [...(addresses.get(name) ?? []), url]);
  }
  return addresses;
});

function complaintOf(name: string, url: URL | null): string | undefined {
  if (name === "" || url === null || !/^https?:$/.test(url.protocol)) return SERVICES;
  return url.username + url.password === "" ? undefined : NO_CREDENTIALS;
}

const CHALLENGES = [
  ...["breaker", "coalescing", "cache", "budget", "hedging", "rate", "balancing"],
] as readonly string[] as readonly Challenge[];
const WITH = `must be none, or some of ${CHALLENGES.join(", ")}, with commas between them`;

const challenges = z
  .string({ error: WITH })
  .transform((given) => (given === "none" ? [] : given.split(",").map((part) => part.trim())))
  .pipe(z.array(z.enum(CHALLENGES, { error: WITH }), { error: WITH }));

/** How the service is set up, on the command line or in the environment. */
export const serviceOptions = {
  services: option(
    "<name=url,…>",
    "whom it may ask, and where each is; a name that comes again has another instance",
    services,
  ),
  port: option(
    "<n>",
    "where it listens (default 8080; 0: any that is free)",
    wholeNumber(0, 65_535).default(8_080),
  ),
  host: option(
    "<name>",
    "on which address (default 127.0.0.1)",
    text("a name or an address").default("127.0.0.1"),
  ),
  calls: option("<n>", "calls at once, over all requests (default 100)", wholeNumber(1, LIMIT).default(100)),
  wait: option("<n>", "requests that may wait for permits (default 200)", wholeNumber(1, LIMIT).default(200)),
  timeout: option("<ms>", "for a request (default 1000)", ms(1).default(1_000)),
  "call-timeout": option("<ms>", "for a call (default 800)", ms(1).default(800)),
  "answer-limit": option(
    "<bytes>",
    "that a service may answer (default 1048576)",
    wholeNumber(2, 1_073_741_824).default(1_048_576),
  ),
  with: option(
    "<challenges>",
    "which stand around the calls, or none (default: all that the answer has attempted)",
    challenges.optional(),
  ),
  bulkhead: option(
    "<n>",
    "breaker: calls of one service at once (default 8)",
    wholeNumber(1, LIMIT).default(8),
  ),
  failures: option(
    "<n>",
    "in a row, until a service is left alone (default 5)",
    wholeNumber(1, LIMIT).default(5),
  ),
  "cool-down": option("<ms>", "for which it is (default 1000)", ms(1).default(1_000)),
  "cache-ttl": option("<ms>", "for which a value is given again (default 1000)", ms(1).default(1_000)),
  stale: option("<ms>", "for which it replaces a failure then (default 10000)", ms(1).default(10_000)),
  "hedge-after": option("<ms>", "until a call is made twice (default 100)", ms(1).default(100)),
  "hedge-limit": option(
    "<n>",
    "calls that may be two at once (default 10)",
    wholeNumber(1, LIMIT).default(10),
  ),
  quota: option(
    "<n>",
    "requests that a key has in a window (default 100)",
    wholeNumber(1, LIMIT).default(100),
  ),
  redis: option(
    "<url>",
    "where quotas are shared with other instances; without it each counts for itself",
    z
      .string()
      .regex(/^rediss?:\/\/\S+$/, { error: "must be an address such as redis://127.0.0.1:6379" })
      .optional(),
  ),
  "redis-away": option(
    "<open or closed>",
    "whether requests are let through when it does not answer (default open)",
    oneOf(["open", "closed"]).optional(),
  ),
  "redis-timeout": option("<ms>", "how long it may take to answer (default 200)", ms(1).optional()),
  window: option("<s>", "how long the window is (default 1)", wholeNumber(1, 86_400).default(1)),
  notice: option("<ms>", "between not ready and closed (default 0)", ms(0).default(0)),
  deadline: option("<ms>", "for the shutdown after that (default 10000)", ms(0).default(10_000)),
  log: option(
    "<level>",
    "debug, info, warn, error or silent (default info)",
    oneOf(["debug", "info", "warn", "error", "silent"]).default("info"),
  ),
};

export type Settings = Given<typeof serviceOptions>;

export const serviceLine = commandLine({
  does: "A gateway: GET /ask?services=users,orders asks each service once, and puts the answers together.",
  program: "npx node service/main.ts",
  options: serviceOptions,
  notes: `Each option may come from the environment: FANOUT_PORT=80, FANOUT_CALL_TIMEOUT=500.
The command line has precedence.

It logs JSON, a line for each request. SIGTERM and Ctrl-C: it says that it is not ready, waits for the
notice, lets requests finish until the deadline, and closes. A second one ends it at once.

Exit status: 0; 1 if it failed, or requests were cut off at the deadline; 2 for a bad option.`,
  idle: [
    ["redis-away", "idle without", "redis"],
    ["redis-timeout", "idle without", "redis"],
  ],
});

/** @throws {UsageError} It names the option, or the variable. */
export function readSettings(args: readonly string[], env: NodeJS.ProcessEnv): Settings {
  return service.readSettings(serviceLine, { args, env, prefix: "FANOUT" });
}
