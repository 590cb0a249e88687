import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Lab, State } from "../contract.ts";
import { createMemoryStore } from "../given/memory-store.ts";
import { openSqliteStore, StoreError } from "../stores/sqlite-store.ts";
import { NO_JOBS, openJobCounts } from "./count-jobs.ts";
import { RECOVERY_MS } from "./health.ts";
import type { ServiceQueue, ServiceQueueOptions } from "./queue.ts";
import type { Settings } from "./settings.ts";
import { queueOn } from "./store-queue.ts";

/**
 * The queue that `--store` names: the lab's on a store, or an engine on a server, where the lab's has no part.
 *
 * @throws {StoreError} If the store cannot be opened. @throws {EngineError} If there is no such server.
 */
export async function openQueue(
  lab: Lab,
  { store, data }: Pick<Settings, "store" | "data">,
  options: ServiceQueueOptions,
): Promise<ServiceQueue> {
  if (store === "memory") return openInMemory(lab, options);
  if (store === "sqlite") return await openOnFile(lab, join(data, "jobs.db"), options);
  // Loaded only where it is wanted: it brings the clients of two servers along.
  const { openEngineQueue } = await import("../engines/engine-queue.ts");
  return await openEngineQueue({ ...options, url: store, answerMs: ANSWER_MS });
}

/** Clients that ask again and again of a server that is silent fail often enough that the service is not ready all the time. */
const ANSWER_MS = RECOVERY_MS / 2;

function openInMemory(lab: Lab, options: ServiceQueueOptions): ServiceQueue {
  const states = new Map<string, State>();
  return queueOn(lab, {
    ...options,
    store: createMemoryStore(),
    onEvent(event, job) {
      states.set(job.id, job.state);
      options.onEvent(event, job);
    },
    async countJobs() {
      const counts = { ...NO_JOBS };
      for (const state of states.values()) counts[state] += 1;
      return counts;
    },
  });
}

async function openOnFile(lab: Lab, file: string, options: ServiceQueueOptions): Promise<ServiceQueue> {
  await using opening = new AsyncDisposableStack();
  const store = opening.use(await openSqliteStore(file, { onDamaged: options.onError }));
  const { countJobs } = opening.use(openJobCounts(file));
  const queue = queueOn(lab, { ...options, store, countJobs });
  const { ino } = await stat(file);
  const below = opening.move();
  return {
    ...queue,
    async enqueue(type, payload, given) {
      const id = await queue.enqueue(type, payload, given);
      await checkThere(file, ino);
      return id;
    },
    [Symbol.asyncDispose]: () => below.disposeAsync(),
  };
}

/** What is written to a file that was taken away is gone when the process ends: that is not acknowledged. */
async function checkThere(file: string, ino: number): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.ino === ino) return;
  const rule = "it must stay where it is, and it was taken away or replaced";
  throw new StoreError(`keep jobs in ${file}`, file, { fault: "unopenable", rule });
}
