import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "@pattern-labs/testkit";
import { serviceAddress } from "@pattern-labs/testkit/service";
import { findProgram, programs } from "@pattern-labs/testkit/service/programs";
import { afterAll, beforeAll, expect } from "vitest";
import type { JetStreamBroker } from "./jetstream.ts";
import type { DurableDelivery, DurableOptions } from "./jetstream-options.ts";
import { NatsBroker } from "./nats.ts";
import type { NatsBrokerOptions } from "./nats-options.ts";

/** One server for all tests of a suite that do not kill it. */
export function sharedServer(): { readonly url: string } {
  let server: Awaited<ReturnType<typeof serviceAddress>>;
  beforeAll(async () => {
    server = await serviceAddress("nats");
  });
  afterAll(() => server[Symbol.asyncDispose]());
  return {
    get url() {
      return server.url;
    },
  };
}

export interface GuardedServer extends AsyncDisposable {
  /** "127.0.0.1:40123" */
  readonly host: string;
  /** Lets these users in, and sends the others away. */
  admit(users: string): Promise<void>;
}

/** A server that asks who is there. `users` is as in its configuration. */
export async function guardedServer(users: string): Promise<GuardedServer> {
  const folder = mkdtempSync(join(tmpdir(), "nats-guarded-"));
  const file = join(folder, "nats.conf");
  const write = (admitted: string) =>
    writeFileSync(
      file,
      `listen: "127.0.0.1:-1"\njetstream { store_dir: ${JSON.stringify(folder)} }\nauthorization { users: [${admitted}] }\n`,
    );
  write(users);
  const server = await startProcess(findProgram(programs.nats).path ?? "nats-server", ["--config", file]);
  const listening = await server.line(/Listening for client connections/);
  await server.line(/Server is ready/);
  return {
    host: /\S+:\d+$/.exec(listening)?.[0] ?? "",
    async admit(admitted) {
      write(admitted);
      server.kill("SIGHUP");
      await server.line(/Reloaded server configuration/);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A word that no other test begins its subjects with. */
export const ownPrefix = (): string => `test-${randomUUID()}`;

export interface Watched extends AsyncDisposable {
  readonly broker: NatsBroker;
  /** What `onError` was told. */
  readonly errors: Error[];
  /** Resolves when `onError` is told, or was told, so many. */
  told(count: number): Promise<void>;
}

/** A broker whose errors are written down. */
export async function watched(options: Omit<NatsBrokerOptions, "onError">): Promise<Watched> {
  const errors: Error[] = [];
  let wake = () => {};
  const onError = (error: Error) => {
    errors.push(error);
    wake();
  };
  const broker = await NatsBroker.connect({ ...options, onError });
  const told = async (count: number) => {
    while (errors.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { broker, errors, told, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() };
}

export const fail = (error: Error) => {
  throw error;
};

/** Reads so many, acknowledges each, and leaves. */
export async function take(
  broker: JetStreamBroker,
  count: number,
  pattern: string,
  options: DurableOptions,
): Promise<DurableDelivery[]> {
  const read: DurableDelivery[] = [];
  for await (const delivery of broker.subscribe(pattern, options)) {
    read.push(delivery);
    expect(await delivery.ack()).toBe(true);
    if (read.length === count) break;
  }
  return read;
}

export const payloads = (read: readonly DurableDelivery[]) => read.map(({ payload }) => payload);
