import { DemoError } from "@pattern-labs/demo";
import { sleep } from "@pattern-labs/primitives/sleep";
import { Agent } from "undici";
import { z } from "zod";
import type { Ledger } from "./ledger.ts";

const CLIENTS = 8;
/** The clients are no further ahead than so many jobs: so they are at it until the end, and a kill meets them, too. */
const AHEAD = 300;

/** Where an answer did not come although the service lives. */
const RETRY_MS = 500;

const answerSchema = z.object({ id: z.string() });

/** The service as its clients see it: it comes, and goes without a word. */
export interface Life {
  readonly url: string;
  /** Resolves when it has gone. */
  readonly gone: Promise<unknown>;
}

export interface ClientsOptions {
  readonly jobs: number;
  /** What is sent as the n-th job. */
  readonly body: (n: number) => object;
  readonly ledger: Ledger;
  /** The service that lives, or the next one. */
  readonly life: () => Promise<Life>;
  readonly signal: AbortSignal;
}

/** Sends the jobs, each with a key of its own, and again with the same key when the answer did not come. */
export async function sendAll(options: ClientsOptions): Promise<void> {
  await using agent = agentOf();
  let last = 0;
  const client = async () => {
    while (last < options.jobs) {
      last += 1;
      await send(last, options, agent);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function send(n: number, options: ClientsOptions, agent: Agent): Promise<void> {
  const { ledger, life, signal } = options;
  await ledger.until(() => n - ledger.completed.size <= AHEAD, signal);
  for (;;) {
    const { url, gone } = await life();
    signal.throwIfAborted();
    const id = await post(n, url, options, agent);
    if (id !== undefined) return ledger.acknowledge(id, n);
    signal.throwIfAborted();
    ledger.resent += 1;
    await Promise.race([gone, sleep(RETRY_MS, { signal })]);
  }
}

/** Undefined if there was no answer. */
async function post(
  n: number,
  origin: string,
  { body, signal }: ClientsOptions,
  agent: Agent,
): Promise<string | undefined> {
  const answer = await agent
    .request({
      origin,
      path: "/jobs",
      method: "POST",
      headers: {
        "content-type": "application/json",
        "idempotency-key": `"job ${n}"`,
        "x-request-id": `client:${n}`,
      },
      body: JSON.stringify(body(n)),
      signal,
    })
    .catch(() => undefined);
  const text = await answer?.body.text().catch(() => undefined);
  if (answer === undefined || text === undefined) return undefined;
  if (answer.statusCode !== 202)
    throw new DemoError(`the service answered job ${n} with ${answer.statusCode}: ${text.trim()}`);
  return answerSchema.parse(JSON.parse(text)).id;
}

function agentOf(): Agent & AsyncDisposable {
  const agent = new Agent({ connections: CLIENTS });
  return Object.assign(agent, { [Symbol.asyncDispose]: () => agent.destroy() });
}
