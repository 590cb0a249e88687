import type { IncomingMessage } from "node:http";
import { type Reply, show } from "@pattern-labs/demo/service";
import type { Logger } from "pino";
import type { Answer, Gateway } from "../contract.ts";
import type { Metrics } from "./metrics.ts";
import { describeKind, Problem } from "./problem.ts";
import type { Quota } from "./quota.ts";

export interface Asked {
  readonly request: IncomingMessage;
  readonly method: string;
  /** The path and the query, as they were sent. */
  readonly target: string;
  readonly url: URL | null;
  /** Aborts when the client goes. */
  readonly client: AbortSignal;
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly quota?: Quota | undefined;
  readonly isReady: boolean;
  readonly log: Logger;
}

export interface Route {
  readonly name: string;
  /** Asked every few seconds by machines: nothing for the log. */
  readonly isProbe: boolean;
  readonly reply: (asked: Asked) => Promise<Reply>;
}

const routes: Readonly<Record<string, Route>> = {
  "/ask": { name: "/ask", isProbe: false, reply: ask },
  "/healthz": { name: "/healthz", isProbe: true, reply: tellHealth },
  "/readyz": { name: "/readyz", isProbe: true, reply: tellReadiness },
  "/metrics": { name: "/metrics", isProbe: true, reply: tellMetrics },
};

const problems: Route = { name: "/problems/:kind", isProbe: false, reply: tellProblem };
const nowhere: Route = { name: "none", isProbe: false, reply: refusePath };
const otherwise: Route = { name: "none", isProbe: false, reply: refuseMethod };

/** HEAD is GET without the body, which Node leaves out. */
export function findRoute(
  method: string,
  target: string,
): { readonly route: Route; readonly url: URL | null } {
  const url = URL.parse(target, "http://localhost");
  const path = url?.pathname ?? "";
  const found = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const route = found ?? (path.startsWith("/problems/") ? problems : nowhere);
  const isKnown = method === "GET" || method === "HEAD" || route === nowhere;
  return { route: isKnown ? route : otherwise, url };
}

async function ask({ request, url, client, gateway, quota }: Asked): Promise<Reply> {
  const headers = quota === undefined ? {} : await takeFrom(quota, request);
  const given = url?.searchParams.get("services") ?? "";
  const services = given === "" ? [] : given.split(",");
  return replyOf(await gateway.handle(services, { signal: client }), given, headers);
}

/** @throws {Problem} If the quota is used up. */
async function takeFrom(quota: Quota, { headers, socket }: IncomingMessage): Promise<Record<string, string>> {
  const given = headers["x-api-key"];
  // Whoever has no key shares one with all who come from the same address.
  const key = typeof given === "string" ? `key ${given}` : `address ${socket.remoteAddress ?? ""}`;
  const decision = await quota.take(key);
  const told = Object.fromEntries(
    Object.entries(decision.headers).filter((header): header is [string, string] => header[1] !== undefined),
  );
  if (decision.allowed) return told;
  throw new Problem("quota-used", { detail: "come back later: Retry-After says when", headers: told });
}

function replyOf(answer: Answer, given: string, headers: Record<string, string>): Reply {
  if (answer.status === 200) {
    const { data, warnings } = answer;
    return { status: 200, body: { data, warnings }, headers };
  }
  if (answer.status === 400) {
    const detail = `services must be 1 to 20 names that are known, each once, with commas between them; got ${show(given)}`;
    throw new Problem("invalid", { detail, headers });
  }
  if (answer.status === 503) {
    const retry = { "Retry-After": String(answer.retryAfterSeconds ?? 1) };
    throw new Problem("overloaded", { detail: answer.title, headers: { ...headers, ...retry } });
  }
  throw new Problem(answer.status === 502 ? "all-failed" : "too-late", { detail: answer.title, headers });
}

async function tellHealth(): Promise<Reply> {
  return { status: 200, body: { status: "alive" } };
}

async function tellReadiness({ isReady }: Asked): Promise<Reply> {
  return isReady ? { status: 200, body: { status: "ready" } } : { status: 503, body: { status: "stopping" } };
}

async function tellMetrics({ metrics: { registry } }: Asked): Promise<Reply> {
  return { status: 200, body: await registry.metrics(), headers: { "Content-Type": registry.contentType } };
}

async function tellProblem({ url }: Asked): Promise<Reply> {
  const name = url?.pathname.slice("/problems/".length) ?? "";
  const title = describeKind(name);
  if (title === undefined) throw new Problem("not-found", { detail: `there is no problem ${show(name)}` });
  return { status: 200, body: `${title}.\n` };
}

async function refusePath({ target }: Asked): Promise<Reply> {
  throw new Problem("not-found", { detail: `there is no ${show(target)}` });
}

async function refuseMethod({ method }: Asked): Promise<Reply> {
  const headers = { Allow: "GET, HEAD" };
  throw new Problem("method-not-allowed", { detail: `the method must be GET, got ${method}`, headers });
}
