import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { z } from "zod";
import * as answer from "#lab";
import type { JobStore, Lab } from "../contract.ts";
import { createMemoryStore } from "../given/memory-store.ts";
import { NO_JOBS } from "./count-jobs.ts";
import { Health } from "./health.ts";
import { JobLog } from "./job-log.ts";
import { JobService } from "./job-service.ts";
import { Jobs } from "./jobs.ts";
import { Metrics } from "./metrics.ts";
import { jobType } from "./order.ts";
import { STATES } from "./pages.ts";
import type { ServiceQueue } from "./queue.ts";
import { queueOn } from "./store-queue.ts";
import { isPermanent, type Work, type WorkContext } from "./work/work.ts";

export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "job-queue-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Asks again and again, each time after some I/O: what is waited for is an event, not a time. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

/** For a store that is like another one but for a method or two. */
export function methodsOf(store: JobStore): JobStore {
  return {
    insert: (job) => store.insert(job),
    get: (id) => store.get(id),
    swap: (job) => store.swap(job),
    claimable: (query) => store.claimable(query),
    list: (query) => store.list(query),
  };
}

export interface TestOptions {
  readonly store?: JobStore;
  /** What jobs of the type "greet" do. Their payload is `{"name": "Ann"}`. */
  readonly greet?: (name: string, context: WorkContext) => Promise<unknown>;
  /** Whether jobs are done. Default: yes. */
  readonly isWorking?: boolean;
  /** The challenges that its queue is said to have taken up. Default: none. */
  readonly attempted?: Lab["attempted"];
  /** The clock by which it tells for how long it has been well. */
  readonly now?: () => number;
}

const lab: Lab = answer;

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it.
  readonly body: any;
}

export interface TestService extends AsyncDisposable {
  readonly service: JobService;
  readonly queue: ServiceQueue;
  /** The lines of the log. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  ask(method: string, path: string, options?: RequestInit): Promise<Told>;
  /** Posts a job that greets. */
  greet(name: unknown, headers?: Record<string, string>): Promise<Told>;
  /** Resolves once the job is in this state. */
  reaches(id: string, state: string): Promise<void>;
}

/** The service on a queue of the lab's, without files and processes. */
export async function openTestService(options: TestOptions = {}): Promise<TestService> {
  const {
    store = createMemoryStore(),
    greet = async (name) => `Hello, ${name}!`,
    isWorking = true,
    attempted = [],
    now,
  } = options;
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const metrics = new Metrics();
  const jobLog = new JobLog(log, metrics);
  const health = new Health(log, now);
  const types = { greet: greeting(greet) };
  const queue = queueOn(
    { ...lab, attempted },
    {
      types: { greet: jobType("greet", types.greet, jobLog) },
      ...{ store, countJobs: () => countByListing(store) },
      ...{ pollMs: 10, retries: 1, baseDelayMs: 1, isPermanent },
      onEvent: (event, job) => jobLog.tell(event, job),
      onError: (error) => health.failed(error, "the queue has failed"),
    },
  );
  metrics.watch(queue, () => {});
  const jobs = new Jobs({ queue, types });
  const service = new JobService({ jobs, queue, metrics, health, log, bodyLimit: 1_000 });
  service.server.keepAliveTimeout = 0; // On a busy machine it would hang up on a client that is about to ask again.
  service.server.listen(0, "127.0.0.1");
  await once(service.server, "listening");
  const { port } = service.server.address() as AddressInfo;
  service.isReady = true;
  if (isWorking) queue.start();

  const ask = async (method: string, path: string, init: RequestInit = {}): Promise<Told> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...init });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== "" ? JSON.parse(text) : text,
    };
  };
  return {
    ...{ service, queue, lines, ask },
    greet: (name, headers = {}) =>
      ask("POST", "/jobs", {
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify({ type: "greet", payload: { name } }),
      }),
    reaches: (id, state) => until(async () => (await queue.get(id))?.state === state),
    async [Symbol.asyncDispose]() {
      service.server.close();
      service.server.closeAllConnections();
      await queue.stop({ deadlineMs: 60_000 });
    },
  };
}

function greeting(greet: NonNullable<TestOptions["greet"]>): Work {
  const schema = z.strictObject({ name: z.string({ error: "must be a text" }) });
  return { schema, run: (input, context) => greet(schema.parse(input).name, context) };
}

async function countByListing(store: JobStore) {
  const counts = STATES.map(
    async (state) => [state, (await store.list({ state, limit: 1_000 })).length] as const,
  );
  const entries = await Promise.all(counts);
  return { ...NO_JOBS, ...Object.fromEntries(entries) };
}
