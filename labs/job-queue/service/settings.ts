import { commandLine, type Given, oneOf, option, text, wholeNumber } from "@pattern-labs/demo";
import * as service from "@pattern-labs/demo/service";
import { z } from "zod";
import { ruleBrokenBy } from "../engines/address.ts";

const ms = (least: number) => wholeNumber(least, 2_147_483_647);

const ORIGINS = "must be origins such as https://example.org, with commas between them";
const origins = z
  .string({ error: ORIGINS })
  .transform((text) => text.split(",").map((part) => part.trim()))
  .refine((parts) => parts.every((part) => /^https?:/.test(part) && URL.parse(part)?.origin === part), {
    error: ORIGINS,
  });

const STORE = "must be sqlite, memory, or the address of a server, redis://… or postgres://…";
const store = z
  .string({ error: STORE })
  .regex(/^(memory|sqlite|(rediss?|postgres(ql)?):\/\/.+)$/, { error: STORE, abort: true })
  .superRefine((text, context) => {
    const message = text.includes(":") ? ruleBrokenBy(text) : undefined;
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** How the service is set up, on the command line or in the environment. */
export const serviceOptions = {
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
  data: option(
    "<folder>",
    "where jobs, effects and results are kept (default jobs)",
    text("a folder").default("jobs"),
  ),
  store: option(
    "<name>",
    "sqlite, a file in there; memory, for a trial; redis://… or postgres://…, a server (default sqlite)",
    store.default("sqlite"),
  ),
  folder: option(
    "<folder>",
    "whose files may be gzipped; without it no job can be",
    text("a folder").optional(),
  ),
  webhooks: option("<origins>", "who may be called; without it nobody can be", origins.optional()),
  concurrency: option("<n>", "jobs at once (default 10)", wholeNumber(1, 1_000).default(10)),
  retries: option("<n>", "for a job that fails (default 3)", wholeNumber(0, 1_000).default(3)),
  "crash-retries": option("<n>", "for one whose worker dies (default 3)", wholeNumber(0, 1_000).default(3)),
  "base-delay": option("<ms>", "before the first retry, at most (default 1000)", ms(0).default(1_000)),
  lease: option("<ms>", "for which a worker has a job (default 30000)", ms(100).default(30_000)),
  poll: option("<ms>", "between two looks for jobs, at most (default 1000)", ms(10).default(1_000)),
  "body-limit": option(
    "<bytes>",
    "that a body may have (default 65536)",
    wholeNumber(2, 16_777_216).default(65_536),
  ),
  notice: option("<ms>", "between not ready and closed (default 500)", ms(0).default(500)),
  deadline: option("<ms>", "for the shutdown after that (default 10000)", ms(0).default(10_000)),
  log: option(
    "<level>",
    "debug, info, warn, error or silent (default info)",
    oneOf(["debug", "info", "warn", "error", "silent"]).default("info"),
  ),
};

export type Settings = Given<typeof serviceOptions>;

export const serviceLine = commandLine({
  does: "A job queue with an HTTP interface, on an embedded store.",
  program: "npx node service/main.ts",
  options: serviceOptions,
  notes: `Each option may come from the environment: JOBS_PORT=80, JOBS_CRASH_RETRIES=5.
The command line has precedence.

It logs JSON, a line for each event. SIGTERM and Ctrl-C: it says that it is not ready, closes,
lets jobs finish until the deadline, and gives back the rest. A second one ends it at once.

Exit status: 0; 1 if it failed, or jobs still ran at the deadline; 2 for a bad option.`,
});

/** @throws {UsageError} It names the option, or the variable. */
export function readSettings(args: readonly string[], env: NodeJS.ProcessEnv): Settings {
  return service.readSettings(serviceLine, { args, env, prefix: "JOBS" });
}
