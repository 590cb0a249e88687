/** The scene of this lab: requests whose clients leave, whose time runs out, and a service that shuts down. */

import type { Recorder } from "@pattern-labs/picture";
import { type Scene, scene } from "@pattern-labs/picture/scene";
import * as answer from "#lab";
import type { Lab, Scope } from "./contract.ts";

const { openScope, sleep }: Lab = answer;

const controls = {
  every: { kind: "range", label: "a request comes every", min: 50, max: 1_000, value: 400, unit: "ms" },
  deadline: { kind: "range", label: "a request may take", min: 100, max: 3_000, value: 900, unit: "ms" },
  database: { kind: "range", label: "the database takes", min: 50, max: 2_000, value: 600, unit: "ms" },
  leave: { kind: "range", label: "clients that leave", min: 0, max: 100, value: 40, unit: "%" },
  giveBack: { kind: "range", label: "to give the seat back", min: 0, max: 500, value: 80, unit: "ms" },
  shutdown: {
    kind: "range",
    label: "shutdown after (0: never)",
    min: 0,
    max: 5_500,
    value: 4_500,
    unit: "ms",
    restart: true,
  },
} as const;

/** A cache that takes longer is of no use. */
const CACHE_MS = 120;

export default scene({
  title: "Who stops when a client leaves?",
  controls,
  firstGuess: {
    question:
      "A cache and a database work for each request. A client leaves in the middle. Which bars end at that moment?",
    answers: [
      "None: what has begun goes on",
      "Those that work for this client",
      "Those of all clients that wait for the same database",
    ],
    right: 1,
    why: "Cancelling goes down the tree of scopes, and nowhere else. What holds a seat gives it back afterwards: the clean-up is not cancelled with the work, and only then is the request over. A cache that is too slow costs only itself.",
    afterMs: 2_800,
  },
  recording: () => ({ rows: ["requests", "cache", "database", "clean-up"] }),
  lengthMs: 6_000,
  async run({ values, recorder, signal, random, show }) {
    const counts: Counts = {
      came: 0,
      answered: 0,
      "client left": 0,
      "too late": 0,
      shutdown: 0,
      "under way": 0,
    };
    const alive = { database: 0, "seats taken": 0 };
    show(() => viewOf(counts, alive));
    const shutdown = new AbortController();
    const timer = setTimeout(() => {
      if (values.shutdown === 0) return;
      recorder.mark("shutdown", "stop");
      shutdown.abort("shutdown" satisfies End);
    }, values.shutdown);
    const service = AbortSignal.any([signal, shutdown.signal]);
    const patienceMs = () => (100 * random() < values.leave ? values.database * random() : undefined);
    const requests: Promise<void>[] = [];
    try {
      for (;;) {
        const name = `r${requests.length + 1}`;
        const work: Work = {
          name,
          recorder,
          alive,
          values: { ...values, cache: 30 + Math.floor(150 * random()) },
        };
        requests.push(request(work, { service, patienceMs: patienceMs() }, counts));
        await sleep(values.every, { signal: service });
      }
    } catch (error) {
      if (error !== service.reason) throw error;
    } finally {
      clearTimeout(timer);
      await Promise.all(requests);
    }
  },
}) satisfies Scene<typeof controls>;

type End = "client left" | "too late" | "shutdown";

type Counts = Record<"came" | "answered" | "under way" | End, number>;

interface Work {
  readonly name: string;
  readonly recorder: Recorder;
  readonly alive: { database: number; "seats taken": number };
  readonly values: {
    readonly deadline: number;
    readonly database: number;
    readonly cache: number;
    readonly giveBack: number;
  };
}

/** The handler: opens the scope, hears whether its client leaves, and tells by the reason why there is no answer. */
async function request(
  work: Work,
  { service, patienceMs }: { readonly service: AbortSignal; readonly patienceMs: number | undefined },
  counts: Counts,
): Promise<void> {
  const { name, recorder, values, alive } = work;
  counts.came += 1;
  counts["under way"] += 1;
  const span = recorder.begin("requests", "running", name);
  let end: keyof Counts = "answered";
  {
    await using scope = openScope({ signal: service, timeoutMs: values.deadline, values: { name } });
    const leave = () => {
      recorder.mark("abort", "stop", { task: name });
      scope.cancel("client left" satisfies End);
    };
    const timer = patienceMs === undefined ? undefined : setTimeout(leave, patienceMs);
    alive["seats taken"] += 1;
    scope.defer(() => giveBack(work), { deadlineMs: 10_000 });
    try {
      await scope.start((own) => reserve(own, work, span));
    } catch (error) {
      if (!scope.signal.aborted) throw error;
      end = endOf(scope.signal.reason);
    } finally {
      clearTimeout(timer);
    }
  }
  recorder.end(span, end === "answered" ? "ok" : "cancelled", end === "answered" ? undefined : end);
  counts[end] += 1;
  counts["under way"] -= 1;
}

/** The service: asks cache and database, each in a scope of its own. Without the cache it can do. */
async function reserve(scope: Scope, work: Work, parent: number): Promise<void> {
  const { cache, database } = work.values;
  const cached = part("cache", scope.child({ timeoutMs: CACHE_MS }), cache, work, parent).catch(() => {});
  await part("database", scope.child(), database, work, parent);
  await cached;
}

/** The repository: one query. */
async function part(
  track: "cache" | "database",
  scope: Scope,
  ms: number,
  { recorder, name, alive }: Work,
  parent: number,
): Promise<void> {
  const span = recorder.begin(track, "running", `${name} ${track}`, { parent });
  if (track === "database") alive.database += 1;
  try {
    await scope.start(({ signal }) => sleep(ms, { signal }));
    recorder.end(span);
  } catch (error) {
    recorder.end(span, "cancelled", error);
    throw error;
  } finally {
    if (track === "database") alive.database -= 1;
  }
}

/** Not below the request's bar: it is done because of what has ended that. */
async function giveBack({ recorder, name, alive, values }: Work): Promise<void> {
  const span = recorder.begin("clean-up", "running", `seat of ${name}`);
  await sleep(values.giveBack);
  alive["seats taken"] -= 1;
  recorder.end(span);
}

function endOf(reason: unknown): End {
  if (reason === "client left" || reason === "shutdown") return reason;
  return reason instanceof Error && reason.name === "TimeoutError" ? "too late" : "shutdown";
}

function viewOf({ came, ...parts }: Counts, alive: Work["alive"]) {
  return { sum: { whole: ["requests", came], parts: Object.entries(parts) }, figures: { ...alive } } as const;
}
