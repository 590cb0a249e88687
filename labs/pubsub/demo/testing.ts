import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "@pattern-labs/demo/service";
import * as answer from "#lab"; // The reference: the tests of the demo are run on no other.
import type { Lab, WhenFull } from "../contract.ts";
import { EventLog } from "./event-log.ts";
import { Hub } from "./hub.ts";
import { Listener, type ListenerOptions } from "./listener.ts";
import { HubServer } from "./server.ts";
import type { SentEvent } from "./sse-parser.ts";

export const lab: Lab = answer;

export interface Folder extends Disposable {
  readonly path: string;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "hub-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface OpenOptions {
  readonly folder?: string | undefined;
  readonly port?: number | undefined;
  readonly keep?: number | undefined;
  readonly keepBytes?: number | undefined;
  readonly bufferLimit?: number | undefined;
  readonly whenFull?: WhenFull | undefined;
  readonly bodyLimit?: number | undefined;
  readonly lab?: Pick<Lab, "createBroker" | "matches"> | undefined;
}

export interface OpenHub extends AsyncDisposable {
  readonly hub: Hub;
  readonly url: URL;
  readonly faults: readonly unknown[];
  post(topic: string, payload: unknown): Promise<{ readonly status: number; readonly answer: unknown }>;
  /** Posts a body as it is. */
  send(
    body: string | Uint8Array<ArrayBuffer>,
  ): Promise<{ readonly status: number; readonly answer: unknown }>;
}

/** A hub on a port of its own, with a folder of its own unless it is given one. */
export async function openHub(options: OpenOptions = {}): Promise<OpenHub> {
  const {
    port = 0,
    keep = 1_000,
    keepBytes = 64_000_000,
    bufferLimit = 8,
    whenFull = "drop-oldest",
  } = options;
  const folder = options.folder === undefined ? temporaryFolder() : undefined;
  const log = new EventLog({ folder: options.folder ?? (folder as Folder).path, keep, keepBytes });
  const hub = new Hub({ lab: options.lab ?? lab, log, bufferLimit, whenFull });
  const faults: unknown[] = [];
  const http = createServer();
  await listen(http, { port });
  const server = new HubServer(http, {
    hub,
    bodyLimit: options.bodyLimit ?? 100_000,
    publish: (publication) => hub.publish(publication),
    onFault: (error) => faults.push(error),
  });
  const send = async (body: string | Uint8Array<ArrayBuffer>) => {
    const response = await fetch(new URL("/publish", server.url), { method: "POST", body });
    return { status: response.status, answer: await response.json() };
  };
  return {
    hub,
    url: server.url,
    faults,
    send,
    post: (topic, payload) => send(JSON.stringify({ topic, payload })),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      log[Symbol.dispose]();
      folder?.[Symbol.dispose]();
    },
  };
}

/** A listener that remembers what it was sent. */
export class Ear implements Disposable {
  readonly events: SentEvent[] = [];
  readonly listener: Listener;

  constructor(url: URL, query: string, options: Omit<ListenerOptions, "url" | "onEvent"> = {}) {
    const address = new URL(`/events?${query}`, url);
    this.listener = new Listener({
      ...options,
      url: address,
      retryMs: 1,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** Resolves when it is told where it is: from now on it misses nothing. */
  async connected(): Promise<this> {
    await until(() => this.listener.place !== "");
    return this;
  }

  /** "7" for a message with this payload, "missed 3", "gap 40". */
  get heard(): readonly string[] {
    return this.events.flatMap(({ event, data }) => {
      if (data === undefined) return [];
      const { payload, missed } = JSON.parse(data);
      return [event === "message" ? JSON.stringify(payload) : `${event} ${missed}`];
    });
  }

  get numbers(): readonly number[] {
    return this.events
      .filter(({ event, data }) => event === "message" && data !== undefined)
      .map(({ id }) => numberIn(id));
  }

  [Symbol.dispose](): void {
    this.listener[Symbol.dispose]();
  }
}

const numberIn = (id: string) => Number(id.split("-")[1]);

/** Asks again and again, each time after some I/O: what is waited for is an event, not a time. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

/** Publishes numbers, without HTTP. */
export function publish({ hub }: Pick<OpenHub, "hub">, topic: string, numbers: readonly number[]): void {
  for (const n of numbers) hub.publish({ topic, payload: String(n) });
}
