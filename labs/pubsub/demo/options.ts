import {
  commandLine,
  flag,
  type Given,
  number,
  oneOf,
  option,
  UsageError,
  wholeNumber,
} from "@pattern-labs/demo";
import { z } from "zod";

const options = {
  port: option("<n>", "of the hub (default 8080; 0: any)", wholeNumber(0, 65_535).default(8_080)),
  "buffer-limit": option(
    "<n>",
    "messages that may wait for each listener (default 100)",
    wholeNumber(1, 1_000_000).default(100),
  ),
  "when-full": option(
    "<policy>",
    "drop-oldest, the default, drop-newest or disconnect",
    oneOf(["drop-oldest", "drop-newest", "disconnect"]).default("drop-oldest"),
  ),
  subscribers: option(
    "<n>",
    "listeners that keep up, in a second process (default 10)",
    wholeNumber(0, 1_000).default(10),
  ),
  slow: option(
    "<n>",
    "listeners that sleep, and read nothing before the end (default 1)",
    wholeNumber(0, 1_000).default(1),
  ),
  rate: option(
    "<n>",
    "messages a second that the second process publishes, to load.… (default 200)",
    number(0, 100_000).default(200),
  ),
  payload: option("<bytes>", "of each of these (default 4000)", wholeNumber(0, 60_000).default(4_000)),
  messages: option(
    "<n>",
    "ends when so many have been published (default: at Ctrl-C)",
    wholeNumber(1, 1_000_000_000).optional(),
  ),
  seconds: option("<s>", "ends after so long (default: at Ctrl-C)", number(0.1, 86_400).optional()),
  log: option(
    "<folder>",
    "where the log is kept (default: one for each port, for temporary files)",
    z.string().min(1, { error: "must be the name of a folder" }).optional(),
  ),
  nats: option(
    "<url>",
    "a NATS server with JetStream, whose hubs share their topics; the log is there, then",
    z
      .string()
      .regex(/^(?:nats|tls):\/\/[^\s/]+$/, { error: "must be like nats://127.0.0.1:4222" })
      .optional(),
  ),
  keep: option(
    "<n>",
    "messages that the log keeps, for those who come back (default 5000)",
    wholeNumber(1, 10_000_000).default(5_000),
  ),
  "keep-mb": option("<n>", "megabytes that they may have (default 32)", wholeNumber(1, 4_096).default(32)),
  "body-limit": option(
    "<bytes>",
    "how long a request may be (default 65536)",
    wholeNumber(1, 2 ** 24).default(65_536),
  ),
  heartbeat: option("<s>", "between two signs of life (default 15)", number(0.1, 3_600).default(15)),
  json: flag("print the summary as JSON"),
};

/** The command line of the hub. */
export const hubLine = commandLine({
  does: `A hub for server-sent events: browsers and curl -N subscribe to patterns, POST /publish publishes. A second process
listens and publishes, too, and some of its listeners are asleep. Shows that nobody else loses anything by that.`,
  options,
  idle: [["log", "idle with", "nats"]],
  notes: `--subscribers 0 --slow 0 --rate 0 starts the hub alone. Killed and started again it goes on where it was:
listeners come back with Last-Event-ID, and get what they have missed from the log. With --nats they may come back to
another hub on the same server, which has the same log; all of them must be given the same --keep.

Ctrl-C wakes the sleepers, ends all streams and prints the sums; a second one ends at once.
Exit status: 0, 1 if the sums do not come out, 2 for a bad option, 130 after Ctrl-C.`,
});

export interface DemoOptions {
  readonly port: number;
  readonly bufferLimit: number;
  readonly whenFull: "drop-oldest" | "drop-newest" | "disconnect";
  readonly load: LoadOptions;
  readonly seconds: number | undefined;
  readonly folder: string | undefined;
  readonly nats: string | undefined;
  readonly keep: number;
  readonly keepBytes: number;
  readonly bodyLimit: number;
  readonly heartbeatMs: number;
  readonly json: boolean;
}

/** What the second process does. */
export interface LoadOptions {
  readonly fast: number;
  readonly slow: number;
  /** Messages a second. */
  readonly rate: number;
  /** How many at most, all in all. */
  readonly messages?: number | undefined;
  readonly payloadBytes: number;
}

/** @throws {UsageError} If two of them do not go together. */
export function demoOptions(given: Given<typeof options>): DemoOptions {
  if (given.messages !== undefined && given.rate === 0)
    throw new UsageError("--messages must go with a --rate above 0: nobody publishes any");
  const { port, subscribers, slow, rate, messages, payload, seconds, log, nats, keep, json } = given;
  return {
    port,
    bufferLimit: given["buffer-limit"],
    whenFull: given["when-full"],
    load: { fast: subscribers, slow, rate, messages, payloadBytes: payload },
    seconds,
    folder: log,
    nats,
    keep,
    keepBytes: given["keep-mb"] * 1_000_000,
    bodyLimit: given["body-limit"],
    heartbeatMs: 1_000 * given.heartbeat,
    json,
  };
}
