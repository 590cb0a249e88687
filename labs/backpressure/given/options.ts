import {
  commandLine,
  flag,
  type Given,
  number,
  oneOf,
  option,
  pictureFile,
  wholeNumber,
} from "@pattern-labs/demo";
import { POLICIES, type ServicePolicy } from "./policies.ts";

const options = {
  policy: option("<name>", `only this one: ${POLICIES.join(", ")}`, oneOf(POLICIES).optional()),
  seconds: option("<s>", "how long all of it takes (default 24)", number(0.5, 3_600).default(24)),
  capacity: option("<n>", "events a second that can be written (default 400)", number(1, 5_000).default(400)),
  limit: option("<n>", "events that may be buffered (default 20)", wholeNumber(1, 1_000_000).default(20)),
  "in-flight": option(
    "<n>",
    "shed: requests at once, one place of them for high priority (default 6)",
    wholeNumber(2, 10_000).default(6),
  ),
  producers: option(
    "<n>",
    "requests that are sent at once at most (default 16)",
    wholeNumber(1, 512).default(16),
  ),
  batch: option("<n>", "events in a request (default 5)", wholeNumber(1, 200).default(5)),
  patience: option(
    "<ms>",
    "what is written later than this is of no use to anybody (default 500)",
    number(1, 600_000).default(500),
  ),
  seed: option(
    "<n>",
    "another number, other moments of arrival (default 1)",
    wholeNumber(0, 2 ** 32 - 1).default(1),
  ),
  serve: flag("only the service, for curl, with --policy (default block), until Ctrl-C"),
  port: option(
    "<n>",
    "of the service, with --serve (default 8080; 0: any)",
    wholeNumber(0, 65_535).default(8080),
  ),
  "body-limit": option(
    "<bytes>",
    "how long a request may be (default 65536)",
    wholeNumber(1, 2 ** 30).default(65_536),
  ),
  json: flag("print JSON instead of tables"),
  picture: option(
    "<file>",
    "draw the policies side by side: a page (.html), an image (.svg), or a trace (.json)",
    pictureFile().optional(),
  ),
};

/** What is of no use to the service alone: nobody offers it anything, and nothing is compared. */
const COMPARISON = ["seconds", "producers", "batch", "seed", "json", "picture"] as const;

/** The command line of the ingestion service under load. */
export const ingestLine = commandLine({
  does: `Starts POST /events before a slow store, and a second process that offers it from half to ten times what it can
write, with one policy after the other. Shows who waits, what is lost, who is told, and how late the rest is.`,
  options,
  idle: [
    ...COMPARISON.map((name) => [name, "idle with", "serve"] as const),
    ["port", "idle without", "serve"],
  ],
  notes: `Ctrl-C stops and prints what there is; a second one ends at once.

Exit status: 0, 1 if a policy of this answer does not work, 2 for a bad option, 130 after Ctrl-C.`,
});

/** What the demo was asked to do on the command line. */
export interface DemoOptions extends ServiceOptions, LoadOptions {
  readonly policies: readonly ServicePolicy[];
  readonly seconds: number;
  readonly serve: boolean;
  readonly port: number;
  readonly json: boolean;
  readonly picture: string | undefined;
}

export interface ServiceOptions {
  /** Events that can be written in a second. */
  readonly capacity: number;
  readonly limit: number;
  readonly inFlight: number;
  readonly bodyLimit: number;
  readonly patienceMs: number;
}

export interface LoadOptions {
  readonly producers: number;
  readonly batch: number;
  readonly seed: number;
}

export function demoOptions(given: Given<typeof options>): DemoOptions {
  const { policy, "in-flight": inFlight, "body-limit": bodyLimit, patience, help: _, ...rest } = given;
  const all = rest.serve ? (["block"] as const) : POLICIES;
  return {
    ...rest,
    policies: policy === undefined ? all : [policy],
    inFlight,
    bodyLimit,
    patienceMs: patience,
  };
}
