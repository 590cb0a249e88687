import type { IncomingMessage } from "node:http";
import { complaintsOf, type Reply, show } from "@pattern-labs/demo/service";
import { z } from "zod";
import type { Job } from "../contract.ts";
import type { Health } from "./health.ts";
import { type Jobs, wrongState } from "./jobs.ts";
import type { Metrics } from "./metrics.ts";
import { readOrder } from "./order.ts";
import { readPage } from "./pages.ts";
import { describeKind, Problem, refuse } from "./problem.ts";
import type { ServiceQueue } from "./queue.ts";
import { readJson } from "./read-body.ts";

export interface Asked {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly requestId: string;
  /** What stands in the path for `:id`. */
  readonly id: string;
  readonly jobs: Jobs;
  readonly queue: ServiceQueue;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly bodyLimit: number;
  readonly isReady: boolean;
}

export interface Route {
  /** "GET /jobs/:id" */
  readonly name: string;
  /** Asked every few seconds by machines: nothing for the log. */
  readonly isProbe: boolean;
  readonly reply: (asked: Asked) => Promise<Reply>;
}

const PROBES: readonly unknown[] = [getHealth, getReadiness, getMetrics];

const ROUTES: readonly Route[] = Object.entries({
  "POST /jobs": postJob,
  "GET /jobs": getJobs,
  "GET /jobs/:id": getJob,
  "DELETE /jobs/:id": deleteJob,
  "GET /jobs/:id/result": getResult,
  "POST /jobs/:id/replay": replayJob,
  "GET /problems/:id": getProblem,
  "GET /healthz": getHealth,
  "GET /readyz": getReadiness,
  "GET /metrics": getMetrics,
}).map(([name, reply]) => ({ name, reply, isProbe: PROBES.includes(reply) }));

const methodOf = ({ name }: Route) => name.split(" ")[0] ?? "";

/** HEAD is GET without the body, which Node leaves out. */
export function findRoute(
  method: string,
  path: string,
): { readonly route: Route; readonly id: string } | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  for (const route of ROUTES) {
    const id = methodOf(route) === wanted ? match(route, path) : undefined;
    if (id !== undefined) return { route, id };
  }
  return undefined;
}

/** The methods that a path knows; none if there is no such path. */
export function allowedFor(path: string): readonly string[] {
  const methods = ROUTES.filter((route) => match(route, path) !== undefined).map(methodOf);
  return methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
}

/** What stands for `:id`, or "" where there is none; undefined if it is another path. */
function match({ name }: Route, path: string): string | undefined {
  const wanted = name.slice(name.indexOf(" ") + 1).split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  if (!wanted.every((part, n) => part === ":id" || part === given[n])) return undefined;
  try {
    return decodeURIComponent(given[wanted.indexOf(":id")] ?? "");
  } catch {
    return undefined;
  }
}

const bodySchema = z.strictObject(
  {
    type: z.string({ error: "must be the name of a type of job" }),
    payload: z.unknown().optional(),
  },
  { error: 'must be an object like {"type": "gzip", "payload": {"path": "a.txt"}}' },
);

async function postJob({ request, jobs, requestId, bodyLimit }: Asked): Promise<Reply> {
  const key = keyOf(request);
  const body = await readJson(request, bodyLimit);
  const read = bodySchema.safeParse(body);
  if (!read.success) throw refuse(complaintsOf(read.error, body));
  const { id, isNew } = await jobs.add({ type: read.data.type, payload: read.data.payload, requestId, key });
  const headers = { Location: pathOf(id), ...(!isNew && { "Idempotent-Replayed": "true" }) };
  return { status: 202, body: { id }, headers };
}

/** Its syntax is that of draft-ietf-httpapi-idempotency-key-header, a text in quotes; without them it is taken as well. */
function keyOf({ headers }: IncomingMessage): string | undefined {
  const given = headers["idempotency-key"];
  if (given === undefined) return undefined;
  const key = /^"(.*)"$/.exec(String(given))?.[1] ?? String(given);
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw refuse([
    { field: "Idempotency-Key", rule: "must have 1 to 255 characters of ASCII", got: show(key) },
  ]);
}

async function getJobs({ url, queue }: Asked): Promise<Reply> {
  const { jobs, cursor } = await readPage(queue, url.searchParams);
  return { status: 200, body: { jobs: jobs.map(viewOf), cursor: cursor ?? null } };
}

async function getJob({ jobs, id }: Asked): Promise<Reply> {
  return { status: 200, body: viewOf(await jobs.get(id)) };
}

async function deleteJob({ jobs, id }: Asked): Promise<Reply> {
  return { status: 200, body: viewOf(await jobs.cancel(id)) };
}

async function getResult({ jobs, id }: Asked): Promise<Reply> {
  const job = await jobs.get(id);
  if (job.state === "completed") return { status: 200, body: { id, result: job.result ?? null } };
  const mayCome = job.state !== "dead" && job.state !== "cancelled";
  const detail = `there is no result: the job is ${job.state}`;
  throw wrongState(job, detail, mayCome ? { "Retry-After": "1" } : {});
}

async function replayJob({ jobs, id }: Asked): Promise<Reply> {
  await jobs.replay(id);
  return { status: 202, body: { id }, headers: { Location: pathOf(id) } };
}

async function getProblem({ id }: Asked): Promise<Reply> {
  const title = describeKind(id);
  if (title === undefined) throw new Problem(404, "not-found", { detail: `there is no problem ${show(id)}` });
  return { status: 200, body: `${title}.\n` };
}

async function getHealth(): Promise<Reply> {
  return { status: 200, body: { status: "alive" } };
}

async function getReadiness({ isReady, health: { outage } }: Asked): Promise<Reply> {
  if (!isReady) return { status: 503, body: { status: "stopping" } };
  if (outage !== undefined) return { status: 503, body: { status: "failing", detail: outage } };
  return { status: 200, body: { status: "ready" } };
}

async function getMetrics({ metrics: { registry } }: Asked): Promise<Reply> {
  return { status: 200, body: await registry.metrics(), headers: { "Content-Type": registry.contentType } };
}

const pathOf = (id: string) => `/jobs/${encodeURIComponent(id)}`;

/** A job as its clients see it. */
function viewOf(job: Job): object {
  const { requestId, input } = readOrder(job.payload);
  const { id, type, state, attempts, crashes, error } = job;
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    ...{ id, type, state, payload: input, requestId, attempts, crashes, error },
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
    dueAt: state === "pending" || state === "failed" ? iso(job.dueAt) : undefined,
    result: state === "completed" ? `${pathOf(id)}/result` : undefined,
  };
}
