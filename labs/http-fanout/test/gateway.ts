import type { Answer, Gateway, GatewayOptions } from "../contract.ts";
import type { Downstreams } from "./downstreams.ts";
import { lab } from "./subject.ts";

/** So many services of one client: "ann-1", "ann-2" … So the name of a service tells on whose behalf it was called. */
export const names = (client: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${client}-${n + 1}`);

const CLIENTS = ["ann", "bob", "cid", "dee", "eve", "fay"];

/** Limits that are not the subject of a test are so roomy that nobody notices. */
export function open(downstreams: Downstreams, options: Partial<GatewayOptions> = {}): Gateway {
  if (options.callLimit !== undefined) downstreams.showLimit(options.callLimit);
  return lab.createGateway({
    services: CLIENTS.flatMap((client) => names(client, 25)),
    call: downstreams.call,
    callLimit: 1_000,
    waitLimit: 1_000,
    requestTimeoutMs: 60_000,
    callTimeoutMs: 60_000,
    ...options,
  });
}

/** A request of a client who stays until it has its answer. */
export const ask = (gateway: Gateway, client: string, count: number): Promise<Answer> =>
  gateway.handle(names(client, count), { signal: new AbortController().signal });

/** "200 with ann-1, ann-3; ann-2 failed", "503". In which order the data stand is nobody's business. */
export function describeAnswer(answer: Answer): string {
  if (answer.status !== 200) return String(answer.status);
  const data = Object.keys(answer.data).sort().join(", ") || "nothing";
  const warnings = answer.warnings.map(({ service, reason }) => `${service} ${reason}`);
  return [`200 with ${data}`, ...warnings].join("; ");
}
