import { randomUUID } from "node:crypto";
import { type ServiceName, serviceAddress } from "@pattern-labs/testkit/service";
import { afterAll, beforeAll } from "vitest";
import { createQueue } from "#lab";
import type { JobStore } from "../../contract.ts";
import { type EngineOptions, type EngineQueue, openEngineQueue } from "../engine-queue.ts";
import type { AnyOptions, AnyQueue, JobsPlace } from "./jobs-place.ts";

const IMPATIENT = { deadlineMs: 0 };

/** The lab's answer on a store. */
export function placeOn(store: JobStore, close: () => Promise<void>): JobsPlace {
  const stack = new AsyncDisposableStack();
  stack.defer(close);
  return {
    async open(options: AnyOptions) {
      const queue = createQueue({ ...options, store }) as AnyQueue;
      stack.defer(() => queue.stop(IMPATIENT));
      return queue;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

interface EnginePlace extends JobsPlace {
  open(options: AnyOptions & Pick<EngineOptions, "onEvent">): Promise<EngineQueue>;
}

/** A queue's name of its own on a server. */
export function placeAt(url: string, fail: (error: unknown) => void): EnginePlace {
  const stack = new AsyncDisposableStack();
  const name = `test-${randomUUID()}`;
  return {
    open: async (options) => stack.use(await openEngineQueue({ onError: fail, ...options, url, name })),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** One server for all tests of a suite that do not kill it. */
export function sharedServer(name: ServiceName): { readonly url: string } {
  let server: Awaited<ReturnType<typeof serviceAddress>>;
  beforeAll(async () => {
    server = await serviceAddress(name);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  return {
    get url() {
      return server.url;
    },
  };
}
