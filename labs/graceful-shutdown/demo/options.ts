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
import {
  FAULTS,
  type Fault,
  type LoadOptions,
  SERVERS,
  type ServerName,
  type ServiceOptions,
} from "./messages.ts";
import { STARTERS, type Starter } from "./service-process.ts";

const ms = number(0, 600_000);

const options = {
  server: option("<name>", `only this one: ${SERVERS.join(", ")}`, oneOf(SERVERS).optional()),
  signal: option(
    "<name>",
    "SIGTERM or SIGINT (default SIGTERM)",
    oneOf(["SIGTERM", "SIGINT"]).default("SIGTERM"),
  ),
  twice: flag("the same signal once more, while the first is being heeded"),
  fault: option("<name>", "something goes wrong besides, see below", oneOf(FAULTS).optional()),
  behind: option(
    "<name>",
    `who starts the service, see below (default node)`,
    oneOf(STARTERS).default("node"),
  ),
  seconds: option("<s>", "load before the signal (default 1)", number(0, 3_600).default(1)),
  clients: option(
    "<n>",
    "clients that keep their connections (default 20)",
    wholeNumber(1, 1_000).default(20),
  ),
  slow: option("<ms>", "how long a slow answer takes at most (default 800)", ms.default(800)),
  stream: option("<ms>", "how long a streamed answer takes (default 1200)", ms.default(1_200)),
  job: option("<ms>", "how long a background job takes (default 400)", ms.default(400)),
  notice: option("<ms>", "how long load balancers get to notice (default 500)", ms.default(500)),
  drain: option("<ms>", "and how long answers may take after that (default 3000)", ms.default(3_000)),
  deadline: option("<ms>", "how long all of it may take (default 5000)", ms.default(5_000)),
  grace: option("<ms>", "after which an orchestrator kills it (default 6000)", ms.default(6_000)),
  serve: flag("only the service, for curl and kill"),
  port: option("<n>", "with --serve (default: any that is free)", wholeNumber(0, 65_535).default(0)),
  json: flag("print JSON instead of the table"),
  picture: option("<file>", "leave a picture of the run: .html, .svg or .json", pictureFile().optional()),
};

/** Nothing is sent to a service that is only served, and nothing counted. */
const IDLE_WITH_SERVE = [
  "signal",
  "twice",
  "seconds",
  "clients",
  "slow",
  "stream",
  "grace",
  "json",
  "picture",
] as const;

export const shutdownLine = commandLine({
  does: "Puts a real server under load, sends it a real signal, and counts what is lost.",
  options,
  idle: [
    ["port", "idle without", "serve"],
    ...IDLE_WITH_SERVE.map((name) => [name, "idle with", "serve"] as const),
  ],
  notes: `Servers: none has no handler; exit calls process.exit; close calls server.close;
answer is the lab's.
Faults: uncaught, rejection (under load, instead of the signal); hanging-hook,
throwing-hook (of the answer); failing-start (half-way); endless-stream.
Behind: node is the service alone; npm is \`npm start\` with the script "node …",
npm-exec with "exec node …"; process-1 makes it that, as in a container.

Ctrl-C stops and prints what is done. Exit status: 0; 1 if the answer has lost
something or ended otherwise than it should; 2 for a bad option; 130 after Ctrl-C.`,
});

/** What is tried, and how. */
export interface DemoOptions {
  readonly servers: readonly ServerName[];
  readonly signal: "SIGTERM" | "SIGINT";
  readonly twice: boolean;
  readonly fault: Fault | undefined;
  readonly behind: Starter;
  readonly secondsBefore: number;
  readonly graceMs: number;
  readonly service: Omit<ServiceOptions, "server" | "folder" | "demoPid">;
  readonly load: LoadOptions;
  readonly serve: boolean;
  readonly json: boolean;
  readonly picture: string | undefined;
}

/** @throws {UsageError} If two of them do not go together. */
export function demoOptions(given: Given<typeof options>): DemoOptions {
  const {
    server,
    signal,
    twice,
    fault,
    behind,
    seconds,
    slow,
    stream,
    job,
    notice,
    drain,
    deadline,
    grace,
    clients,
  } = given;
  if (fault === "endless-stream" && notice + drain > deadline) {
    throw new UsageError(
      `--deadline must be above --notice and --drain together, or it does not come to the cut, got "${deadline}"`,
    );
  }
  if (twice && (fault === "uncaught" || fault === "rejection")) {
    throw new UsageError(`--twice goes with a signal, got --fault ${fault}`);
  }
  if (twice && behind === "npm") {
    throw new UsageError(
      `--twice goes with a service that hears a signal, got --behind npm: the second one would reach nobody`,
    );
  }
  return {
    servers: server === undefined ? defaultServers(given) : [server],
    signal,
    twice,
    fault,
    behind,
    secondsBefore: seconds,
    graceMs: grace,
    service: {
      fault,
      port: given.port,
      workers: 2,
      jobMs: job,
      noticeMs: notice,
      drainMs: drain,
      deadlineMs: deadline,
    },
    load: { clients, slowMs: slow, streamMs: stream, jobEveryMs: 60, endless: fault === "endless-stream" },
    serve: given.serve,
    json: given.json,
    picture: given.picture,
  };
}

function defaultServers({ serve, fault, behind }: Given<typeof options>): readonly ServerName[] {
  // The naive ones have no hooks that could fail.
  if (serve || fault === "hanging-hook" || fault === "throwing-hook") return ["answer"];
  return behind === "process-1" ? ["none", "exit", "close", "answer"] : ["exit", "close", "answer"];
}
