import {
  commandLine,
  flag,
  type Given,
  number,
  oneOf,
  option,
  pictureFile,
  UsageError,
  wholeNumber,
} from "@pattern-labs/demo";
import { z } from "zod";
import type { Level } from "../contract.ts";
import { LEVELS, levelsFrom } from "./levels.ts";

const FORMATS = ["json", "common", "syslog", "mixed"] as const;
export type Format = (typeof FORMATS)[number];

const options = {
  serve: flag("only the collector, until Ctrl-C (default: a show)"),
  port: option("<n>", "with --serve (default 0: any that is free)", port(0).default(0)),
  host: option("<name>", "the address to listen on (default 127.0.0.1)", hostName().default("127.0.0.1")),
  slots: option(
    "<n>",
    "connections read at once; as many may wait (default 64)",
    wholeNumber(1, 1_024).default(64),
  ),
  levels: option("<list>", "keep these levels, as in INFO,ERROR", levelList().optional()),
  threshold: option("<level>", "keep this level and above (default INFO)", oneOf(LEVELS).optional()),
  workers: option("<n>", "entries looked up at once (default 64)", wholeNumber(1, 10_000).default(64)),
  buffer: option("<n>", "entries in each buffer (default 16)", wholeNumber(0, 100_000).default(16)),
  lookup: option("<ms>", "how long a look-up takes (default 10)", number(0, 60_000).default(10)),
  "line-limit": option(
    "<bytes>",
    "longer lines are rejected (default 65536)",
    wholeNumber(1, 16_777_216).default(65_536),
  ),
  out: option("<file>", "write entries there; -: to stdout (default: nowhere)", fileName().optional()),
  copy: option("<file>", "write them there as well", fileName().optional()),
  rejects: option("<file>", "write all rejected lines there", fileName().optional()),
  "stall-after": option(
    "<n>",
    "the output rests once, after n entries (default in the show: 10000)",
    wholeNumber(0, 1_000_000_000).optional(),
  ),
  "stall-for": option("<s>", "for so long (default 3)", number(0, 86_400).optional()),
  json: flag("print the summary as JSON"),
  picture: option("<file>", "draw the run: .html, .svg, or .json for a trace", pictureFile().optional()),
  send: option("<host:port>", "be a sender instead, to a demo or to anything else", target().optional()),
  senders: option("<n>", "send over n connections (default 3)", wholeNumber(1, 1_000).optional()),
  lines: option("<n>", "lines of each (default 15000)", wholeNumber(0, 1_000_000_000).optional()),
  "line-bytes": option(
    "<bytes>",
    "how long each line is (default 1000)",
    wholeNumber(200, 1_000_000).optional(),
  ),
  format: option("<name>", `${FORMATS.join(", ")} (default mixed)`, oneOf(FORMATS).optional()),
  mischief: flag("add connections that send what no receiver should trip over"),
};

const OF_SENDERS = ["senders", "lines", "line-bytes", "format", "mischief"] as const;
const OF_THE_COLLECTOR = [
  ...["host", "slots", "levels", "threshold", "workers", "buffer", "lookup", "line-limit"],
  ...["out", "copy", "rejects", "stall-after", "stall-for", "picture"],
] as readonly (keyof typeof options)[];

/** The command line of the log collector. */
export const collectorLine = commandLine({
  does: "Collects log lines over TCP, with the pipeline of this lab: reads, filters, looks up, writes.",
  options,
  notes: `Without --serve and --send it is a show: senders of its own, in another process, and an output that rests in
the middle. Lines are JSON, "2015-07-29 17:41:44,747 - INFO  [source] - message", or syslog (RFC 5424).
Ctrl-C takes no more lines and writes those that were read; a second one ends at once. Exit status: 0, 1 if
something failed, 2 for a bad option, 130 after Ctrl-C.`,
  idle: [
    ...OF_SENDERS.map((option) => [option, "idle with", "serve"] as const),
    ...OF_THE_COLLECTOR.map((option) => [option, "idle with", "send"] as const),
    ["port", "idle without", "serve"],
  ],
});

type GivenOptions = Given<typeof options>;

/** What a receiver was asked to do. */
export interface CollectOptions {
  readonly host: string;
  readonly port: number;
  readonly slots: number;
  readonly levels: ReadonlySet<Level>;
  readonly workers: number;
  readonly buffer: number;
  readonly lookupMs: number;
  readonly maxLineBytes: number;
  readonly out: string | undefined;
  readonly copy: string | undefined;
  readonly rejects: string | undefined;
  readonly stall: { readonly afterLines: number; readonly seconds: number } | undefined;
  readonly json: boolean;
  readonly picture: string | undefined;
}

/** What a sender was asked to do. */
export interface SendOptions {
  readonly host: string;
  readonly port: number;
  readonly senders: number;
  readonly lines: number;
  readonly lineBytes: number;
  readonly format: Format;
  readonly mischief: boolean;
  readonly json: boolean;
}

/** What the demo was asked to do on the command line. */
export type DemoOptions =
  | { readonly mode: "serve"; readonly collect: CollectOptions }
  | { readonly mode: "send"; readonly send: SendOptions }
  | { readonly mode: "show"; readonly collect: CollectOptions; readonly send: SendOptions };

/** Fills in the defaults that depend on what the demo is to be. @throws UsageError If options exclude each other. */
export function demoOptions(given: GivenOptions): DemoOptions {
  if (given.send !== undefined) {
    if (given.serve) throw new UsageError("--send and --serve exclude each other");
    return { mode: "send", send: sendOptions(given, given.send) };
  }
  const collect = collectOptions(given);
  if (given.serve) return { mode: "serve", collect };
  return { mode: "show", collect, send: sendOptions(given, collect) };
}

function collectOptions(given: GivenOptions): CollectOptions {
  const { host, port, slots, workers, buffer, out, copy, rejects, json, picture } = given;
  if (given.levels !== undefined && given.threshold !== undefined) {
    throw new UsageError("--levels and --threshold exclude each other");
  }
  return {
    host,
    port,
    slots,
    levels: given.levels ?? levelsFrom(given.threshold ?? "INFO"),
    workers,
    buffer,
    lookupMs: given.lookup,
    maxLineBytes: given["line-limit"],
    out,
    copy,
    rejects,
    stall: stallOf(given),
    json,
    picture,
  };
}

function stallOf(given: GivenOptions): CollectOptions["stall"] {
  const { "stall-after": afterLines, "stall-for": seconds, serve } = given;
  if (afterLines !== undefined || !serve) {
    return { afterLines: afterLines ?? 10_000, seconds: seconds ?? 3 };
  }
  if (seconds !== undefined) throw new UsageError("--stall-for needs --stall-after");
  return undefined;
}

function sendOptions(
  given: GivenOptions,
  { host, port }: { readonly host: string; readonly port: number },
): SendOptions {
  return {
    host,
    port,
    senders: given.senders ?? 3,
    lines: given.lines ?? 15_000,
    lineBytes: given["line-bytes"] ?? 1_000,
    format: given.format ?? "mixed",
    mischief: given.mischief,
    json: given.json,
  };
}

function port(least: number) {
  return wholeNumber(least, 65_535);
}

function hostName() {
  const error = "must be a host name or an address";
  return z.string({ error }).regex(/^[\w.:-]+$/, { error });
}

function fileName() {
  const error = "must be the name of a file";
  return z.string({ error }).min(1, { error });
}

function levelList() {
  const error = `must be some of ${LEVELS.join(",")}, with commas between them`;
  return z
    .string({ error })
    .transform((list) => list.split(","))
    .pipe(z.array(z.enum(LEVELS, { error })))
    .transform((levels): ReadonlySet<Level> => new Set(levels));
}

function target() {
  const error = "must be a host and a port, as in 127.0.0.1:7070";
  return z
    .string({ error })
    .transform((text) => /^([\w.:-]+):(\d{1,5})$/.exec(text))
    .refine((found) => found !== null && Number(found[2]) >= 1 && Number(found[2]) <= 65_535, { error })
    .transform((found) => ({ host: found?.[1] ?? "", port: Number(found?.[2]) }));
}
