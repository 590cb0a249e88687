import { sleep } from "@pattern-labs/primitives/sleep";
import type { Lab, Resource } from "../contract.ts";
import { JobStore } from "../given/job-store.ts";
import { createPlainWorkers } from "../given/plain-workers.ts";
import type { ServiceOptions } from "./messages.ts";
import { Service } from "./service.ts";
import { tell } from "./tell.ts";

/** How many jobs are taken from the store at once. */
const HANDFUL = 4;
/** A hook that hangs is given so long, and any other as long as the whole. */
const HANG_MS = 500;
/** A connection takes a moment to be closed. */
const CLOSING_MS = 60;

export interface Parts {
  readonly service: Service;
  /** In the order in which they start: each needs those above it. */
  readonly resources: readonly Resource[];
}

/** What the service is made of. `drain` is how its HTTP server is closed. */
export function assemble(
  lab: Lab,
  options: ServiceOptions,
  drain: (service: Service, signal: AbortSignal) => Promise<void>,
): Parts {
  const store = new JobStore(options.folder);
  const service = new Service(store);
  const workers = workersOf(lab)<number>({
    workers: options.workers,
    take: (context) => store.take(HANDFUL, context),
    work: (job, context) => work(job, store, options.jobMs, context.signal),
    giveBack: async (job) => store.giveBack(job),
  });
  const within = { stopWithinMs: options.deadlineMs };
  const resources: Resource[] = [
    {
      name: "store",
      ...within,
      start: async () => store.open(),
      stop: () => closeAfter(() => store.close()),
    },
    {
      name: "cache",
      stopWithinMs: options.fault === "hanging-hook" ? HANG_MS : options.deadlineMs,
      start: async () => {},
      stop: () => stopCache(options),
    },
    { name: "workers", ...within, start: () => workers.start(), stop: (context) => workers.stop(context) },
    { name: "broker", ...within, start: () => startBroker(options), stop: () => closeAfter(() => {}) },
    {
      name: "http",
      ...within,
      start: async () => {
        const port = await service.listen(options.port);
        tell({ news: "listening", port, pid: process.pid });
      },
      stop: ({ signal }) => drain(service, signal),
    },
  ];
  return { service, resources: resources.map(told) };
}

/** The answer's own, if it has taken up that challenge. */
function workersOf({ attempted, createWorkers }: Lab): NonNullable<Lab["createWorkers"]> {
  return (attempted?.includes("workers") && createWorkers) || createPlainWorkers;
}

async function work(job: number, store: JobStore, jobMs: number, signal: AbortSignal): Promise<void> {
  tell({ news: "job", id: job, phase: "begins" });
  try {
    await sleep(jobMs, { signal });
    store.finish(job);
  } catch (error) {
    tell({ news: "job", id: job, phase: "not done" });
    throw error;
  }
  tell({ news: "job", id: job, phase: "done" });
}

async function stopCache({ fault }: ServiceOptions): Promise<void> {
  if (fault === "hanging-hook") await new Promise(() => {});
  if (fault === "throwing-hook") throw new Error("the cache has lost its connection");
  await closeAfter(() => {});
}

async function closeAfter(close: () => void): Promise<void> {
  await sleep(CLOSING_MS);
  close();
}

async function startBroker({ fault }: ServiceOptions): Promise<void> {
  if (fault === "failing-start") throw new Error("the broker does not answer");
}

/** The same resource, that tells what is done to it. */
function told({ name, stopWithinMs, start, stop }: Resource): Resource {
  const noted = async (step: "start" | "stop", act: () => Promise<void> | undefined) => {
    tell({ news: "resource", name, step, phase: "begins" });
    try {
      await act();
    } catch (error) {
      tell({ news: "resource", name, step, phase: "failed" });
      throw error;
    }
    tell({ news: "resource", name, step, phase: "ended" });
  };
  return {
    name,
    stopWithinMs,
    start: (context) => noted("start", () => start?.(context)),
    stop: (context) => noted("stop", () => stop?.(context)),
  };
}
